import { type ServiceError, status } from '@grpc/grpc-js';
import type { Count } from '../../domain/count.js';
import { ERROR_CODE, ERROR_FIELD, Failure, isFailureCode } from '../../domain/failure.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import { noRoom } from '../../domain/window.js';

/**
 * Throws the failure that a client of USS sees if ES did not count.
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
 * Throws the failure that a client of USS sees if ES did not store. It is never the client's fault: USS has checked the
 * memberships.
 *
 * @throws Failure
 */
export function storeFailure(error: ServiceError): never {
  throw esFailure(error);
}

type Status = Pick<ServiceError, 'code'>;

/** The answer of ES for a segment: a count, or why it cannot be counted. */
export interface AnsweredCount {
  /** An older ES, in which user_count had no presence yet, leaves out 0. */
  userCount?: number | undefined;
  failure: Status | undefined;
}

/** Converts the answer of ES to a count, or to the reason why there is no count. */
export function countOf({ userCount, failure }: AnsweredCount): Count {
  return failure === undefined ? (userCount ?? 0) : esFailure(failure);
}

/**
 * The groups of a batch that ES refused, by position: groups of new segments; among these, groups that may be sent again
 * after some seconds; and groups that failed, each with its own reason.
 */
export interface GroupRefusals {
  refusedGroups: number[];
  limitedGroups: number[];
  retryAfterS: number;
  failures: { status: Status | undefined; groups: number[] }[];
}

/** The segments for which ES stored nothing, and why, in the form that clients of USS see. */
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

/** The error that the log describes. What ES says of a part of a batch is only a status, so an error is made of it. */
function causeOf({ code }: Status): Error {
  return Object.assign(new Error('ES refused a part of what it was asked for; its log says why'), {
    code,
  });
}

function esFailure(error: Status): Failure {
  const cause = error instanceof Error ? error : causeOf(error);
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.RESOURCE_EXHAUSTED:
    // This is about the credential of USS; the probe of ES reports it.
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new Failure('unavailable', 'the estimation service cannot be reached now; try again', {
        cause,
      });
    case status.DEADLINE_EXCEEDED:
      return new Failure('deadline', 'the estimation service took too long to answer', {
        cause,
      });
    default:
      return new Failure('internal', 'something went wrong inside the service', { cause });
  }
}
