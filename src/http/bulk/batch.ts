import type { Failure, FailureCode } from '../../domain/failure.js';
import type { Membership } from '../../domain/membership.js';
import { groupMemberships } from '../../domain/membership-groups.js';
import { whyNotStored } from '../../domain/window.js';
import type { SegmentService } from '../../segment-service/segment-service.js';

/** Why a line was refused; `field` where it is one that is at fault. */
interface RefusedLine {
  line: number;
  detail: string;
  code: FailureCode;
  field?: string | undefined;
}

/** What became of a bulk body, or of some lines of it. */
export interface BulkSummary {
  accepted: number;
  rejected: number;
  /** The first refusals by line. */
  errors: RefusedLine[];
}

/** Most refusals a summary names; the rest are only counted. */
const MAX_ERRORS = 20;

/** Lines that follow one another. */
export interface BulkBatch {
  firstLine: number;
  memberships: Membership[];
  /** The line each membership came from. */
  lines: number[];
  /** How many lines have none. */
  refused: number;
  /** Bytes of its names, and of the texts that these may be parts of. */
  textBytes: number;
  /** Bytes that are kept for it, as far as was told. */
  keptBytes: number;
  summary: BulkSummary;
  isDone: boolean;
}

export function createSummary(): BulkSummary {
  return { accepted: 0, rejected: 0, errors: [] };
}

export function createBatch(firstLine: number): BulkBatch {
  return {
    ...{ firstLine, memberships: [], lines: [], refused: 0, textBytes: 0, keptBytes: 0 },
    ...{ summary: createSummary(), isDone: false },
  };
}

/** Stores the memberships of a batch, and notes what became of each. Throws why some were not stored that may be sent again. */
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
    // A line that is rejected would not be sent again.
    if (later !== undefined) throw later;
  }
  batch.isDone = true;
  // One before it may take long yet.
  batch.memberships = [];
  batch.lines = [];
}

export function reject(summary: BulkSummary, line: number, why: Failure): void {
  summary.rejected += 1;
  const { errors } = summary;
  // Lines that break a rule come before those that are refused when the others are stored.
  if (errors.length === MAX_ERRORS && line > (errors.at(-1)?.line ?? 0)) return;
  const { message: detail, code } = why;
  const refused = { line, detail, code, field: why.options.field };
  errors.splice(errors.findLastIndex((error) => error.line < line) + 1, 0, refused);
  errors.splice(MAX_ERRORS);
}

/** Adds what became of the lines that follow. */
export function addSummary(
  summary: BulkSummary,
  { accepted, rejected, errors }: BulkSummary,
): void {
  summary.accepted += accepted;
  summary.rejected += rejected;
  summary.errors.push(...errors.slice(0, MAX_ERRORS - summary.errors.length));
}
