import { Failure } from '../../domain/failure.js';

/**
 * The failure that a client reads when a command failed: `unavailable` if Redis may run the command later, otherwise
 * `internal`. The error itself is the cause, for the log.
 */
export function redisFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reply = isReply(error) ? error.message : undefined;
  if (reply === undefined || UNAVAILABLE.test(reply)) {
    return new Failure('unavailable', 'the store cannot be reached now; try again', {
      cause: error,
    });
  }
  return new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** To be passed to `catch` of a command. @throws Failure, as `redisFailure` makes it */
export function throwRedisFailure(error: unknown): never {
  throw redisFailure(error);
}

/** The failure for an error within a reply. */
export function replyFailure(message: string): Failure {
  return redisFailure(Object.assign(new Error(message), { name: 'ReplyError' }));
}

/** Whether an error is a reply of Redis, which refused the command. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * Replies of a Redis that cannot run the command now, but may be able to later: it is starting, failing over or full, its
 * user lacks a permission, or the command came too late.
 */
const UNAVAILABLE =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|OOM|NOREPLICAS|MISCONF|UNBLOCKED|NOPERM|NOAUTH|WRONGPASS|LATE)\b/;
