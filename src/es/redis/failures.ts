import { Failure } from '../../domain/failure.js';

/** What a client is told when a command failed; the error itself goes to the log as the cause. */
export function redisFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reply = isReply(error) ? error.message : undefined;
  if (reply === undefined || AWAY.test(reply)) {
    return new Failure('unavailable', 'the store cannot be reached now; try again', {
      cause: error,
    });
  }
  return new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** The same of an error that is part of a reply. */
export function replyFailure(message: string): Failure {
  return redisFailure(Object.assign(new Error(message), { name: 'ReplyError' }));
}

/** Whether Redis has answered, and refused a command. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * Replies of a Redis that works, but not now: starting, failing over, full, with a user that may not do what it has to; or
 * that came to a command too late.
 */
const AWAY =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|OOM|NOREPLICAS|MISCONF|UNBLOCKED|NOPERM|NOAUTH|WRONGPASS|LATE)\b/;
