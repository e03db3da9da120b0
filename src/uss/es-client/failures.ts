import { type ServiceError, status } from '@grpc/grpc-js';
import type { Count } from '../../domain/count.js';
import { ERROR_CODE, ERROR_FIELD, Failure, isFailureCode } from '../../domain/failure.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import { noRoom } from '../../domain/window.js';

/**
 * Fails as a client of USS is to see it that ES did not count.
 *
 * @throws Failure
 */
export function countFailure(error: ServiceError): never {
  if (error.code === status.INVALID_ARGUMENT) {
    const metadataOf = (name: string) => error.metadata?.get(name)[0]?.toString();
    const code = metadataOf(ERROR_CODE);
    const field = metadataOf(ERROR_FIELD);
    throw new Failure('invalid', error.details, {
      cause: error,
      ...(isFailureCode(code) && { code }),
      ...(field !== undefined && { field }),
    });
  }
  throw esFailure(error);
}

/**
 * Fails as a client of USS is to see it that ES did not store. It is never the client's fault: USS has checked the memberships.
 *
 * @throws Failure
 */
export function storeFailure(error: ServiceError): never {
  throw esFailure(error);
}

type Status = Pick<ServiceError, 'code'>;

/** What ES answers for a segment: a count, or why there is none. */
export interface AnsweredCount {
  /** An ES before user_count had presence leaves out 0. */
  userCount?: number | undefined;
  failure: Status | undefined;
}

/** A count of ES, or why there is none. */
export function countOf({ userCount, failure }: AnsweredCount): Count {
  return failure === undefined ? (userCount ?? 0) : esFailure(failure);
}

/**
 * The groups of a batch that ES refused, by position: those whose segments are new, among them those that may be sent again after
 * some seconds; and those that failed each for a reason of its own.
 */
export interface GroupRefusals {
  refusedGroups: number[];
  limitedGroups: number[];
  retryAfterS: number;
  failures: { status: Status | undefined; groups: number[] }[];
}

/** The segments for which ES stored nothing, and why, as clients of USS see it. */
export function refusalsOf(
  groups: readonly MembershipGroup[],
  { refusedGroups, limitedGroups, retryAfterS, failures }: GroupRefusals,
): Map<string, Failure> {
  const segmentsAt = (positions: number[]) => positions.map((at) => groups[at]?.segment ?? '');
  const full = noRoom();
  const refusals = new Map(segmentsAt(refusedGroups).map((segment) => [segment, full]));
  const limited = new Failure(
    'limited',
    `segment is new, and as many new ones were made as ES_NEW_SEGMENTS_PER_MINUTE allows; try again in ${retryAfterS} s`,
    { field: 'segment', headers: { 'retry-after': String(retryAfterS) } },
  );
  for (const segment of segmentsAt(limitedGroups)) refusals.set(segment, limited);
  for (const { status: refusal, groups: positions } of failures) {
    const failure = esFailure(refusal ?? { code: status.INTERNAL });
    for (const segment of segmentsAt(positions)) refusals.set(segment, failure);
  }
  return refusals;
}

function esFailure(error: Status): Failure {
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.RESOURCE_EXHAUSTED:
    // The credential is that of USS, whose probe of ES reports it.
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new Failure('unavailable', 'the estimation service cannot be reached now; try again', {
        cause: error,
      });
    case status.DEADLINE_EXCEEDED:
      return new Failure('deadline', 'the estimation service took too long to answer', {
        cause: error,
      });
    default:
      return new Failure('internal', 'something went wrong inside the service', { cause: error });
  }
}
