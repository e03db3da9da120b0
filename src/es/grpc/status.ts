import { toFailure } from '../../shared/failure.js';
import type { Logger } from '../../shared/logger.js';

/** The status for anything thrown; what is not the client's business goes to the log. */
export function toStatus(error: unknown, logger: Logger): { code: number; details: string } {
  const failure = toFailure(error);
  if (failure.kind === 'internal') logger.error({ err: failure.cause ?? failure }, 'call failed');
  return { code: failure.status.grpc, details: failure.message };
}
