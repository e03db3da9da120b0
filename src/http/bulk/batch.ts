import type { Failure, FailureCode } from '../../domain/failure.js';
import type { Membership } from '../../domain/membership.js';
import { groupMemberships } from '../../domain/membership-groups.js';
import { whyNotStored } from '../../domain/window.js';
import type { SegmentService } from '../../segment-service/segment-service.js';

/** Why a line was refused, with the field at fault if there is one. */
interface RefusedLine {
  line: number;
  detail: string;
  code: FailureCode;
  field?: string | undefined;
}

/** The outcome of a bulk body, or of some of its lines. */
export interface BulkSummary {
  accepted: number;
  rejected: number;
  /** The first refusals, in the order of lines. */
  errors: RefusedLine[];
}

/** Most refusals that a summary lists; the others are only counted. */
export const MAX_ERRORS = 20;

/** Consecutive lines of a bulk body, stored together. */
export interface BulkBatch {
  firstLine: number;
  memberships: Membership[];
  /** The line each membership came from. */
  lines: number[];
  /** How many lines were refused, and so have no membership. */
  refused: number;
  /** Bytes of its names, and of the texts that are kept in memory because names may be slices of them. */
  textBytes: number;
  /** Bytes reserved for it in the BulkRoom. */
  keptBytes: number;
  summary: BulkSummary;
  isDone: boolean;
}

export function createSummary(): BulkSummary {
  return { accepted: 0, rejected: 0, errors: [] };
}

export function createBatch(firstLine: number): BulkBatch {
  return {
    firstLine,
    memberships: [],
    lines: [],
    refused: 0,
    textBytes: 0,
    keptBytes: 0,
    summary: createSummary(),
    isDone: false,
  };
}

/**
 * Stores the memberships of a batch, and notes the outcome of each membership in its summary.
 *
 * @throws Failure of the service, or `unavailable` if some were not stored now and may be sent again
 */
export async function storeBatch(
  batch: BulkBatch,
  service: Pick<SegmentService, 'storeBatch'>,
): Promise<void> {
  const { memberships, lines, summary } = batch;
  if (memberships.length > 0) {
    const window = await service.storeBatch(groupMemberships(memberships));
    let later: Failure | undefined;
    for (const [index, membership] of memberships.entries()) {
      const refusal = whyNotStored(membership, window);
      if (refusal === undefined) summary.accepted += 1;
      else if (refusal.kind === 'unavailable') later = refusal;
      else reject(summary, lines[index] as number, refusal);
    }
    // Thrown, not rejected: a client does not send a rejected line again.
    if (later !== undefined) throw later;
  }
  batch.isDone = true;
  // Freed now, because the summary may have to wait for earlier batches.
  batch.memberships = [];
  batch.lines = [];
}

export function reject(summary: BulkSummary, line: number, why: Failure): void {
  summary.rejected += 1;
  const { errors } = summary;
  // Refusals are not reported in the order of lines: refusals by a rule come immediately, refusals by the window after
  // storing.
  if (errors.length === MAX_ERRORS && line > (errors.at(-1)?.line ?? 0)) return;
  const { message: detail, code } = why;
  const refused = { line, detail, code, field: why.options.field };
  errors.splice(errors.findLastIndex((error) => error.line < line) + 1, 0, refused);
  errors.splice(MAX_ERRORS);
}

/** Adds the outcome of the lines that follow. */
export function addSummary(
  summary: BulkSummary,
  { accepted, rejected, errors }: BulkSummary,
): void {
  summary.accepted += accepted;
  summary.rejected += rejected;
  summary.errors.push(...errors.slice(0, MAX_ERRORS - summary.errors.length));
}
