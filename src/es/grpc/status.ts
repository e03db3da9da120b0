import { Failure, toFailure } from '../../shared/failure.js';
import type { Logger } from '../../shared/logger.js';

/** Stands for a request that is not the message it should be. */
export const UNDECODABLE = Symbol('undecodable');

/** @throws Failure `invalid` when the request could not be decoded */
export function decoded<Request>(request: Request): Request {
  if ((request as unknown) === UNDECODABLE) {
    throw new Failure('invalid', 'the request is not a valid message of this method');
  }
  return request;
}

/** The status for anything thrown; what is not the client's business goes to the log. */
export function toStatus(error: unknown, logger: Logger): { code: number; details: string } {
  const failure = toFailure(error);
  if (failure.kind === 'internal') logger.error({ err: failure.cause ?? failure }, 'call failed');
  return { code: failure.status.grpc, details: failure.message };
}
