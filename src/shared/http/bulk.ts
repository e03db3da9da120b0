import { Failure, toFailure } from '../failure.js';
import { MAX_BATCH, type Membership } from '../membership.js';
import { groupMemberships } from '../membership-groups.js';
import type { SegmentService } from '../segment-service.js';
import { utcDay } from '../utc-day.js';
import { outOfWindow, refusalOf } from '../window.js';

/** What became of a bulk body. */
export interface BulkSummary {
  accepted: number;
  rejected: number;
  /** The first refusals by line. */
  errors: { line: number; detail: string }[];
}

/** Where the lines of a bulk body go. */
export interface BulkSink {
  /** Takes the membership of a line. */
  add(line: number, membership: Membership): void;
  /** Notes why a line has none. */
  refuse(line: number, detail: string): void;
  /** Resolves when more may be added; rejects when a batch could not be stored. */
  room(): Promise<void>;
}

/** Most refusals a summary names; the rest are only counted. */
export const MAX_ERRORS = 20;

/** Batches on their way at once: one being stored while the next is parsed, and some to even out. */
const IN_FLIGHT = 4;

/**
 * Stores a bulk body in batches, of which few are on their way at once.
 *
 * @param read puts the body into a sink
 * @param maxBatch most memberships in a batch
 * @throws Failure when a batch could not be stored; its members say how many memberships were
 */
export async function storeBulk(
  service: Pick<SegmentService, 'storeBatch'>,
  read: (sink: BulkSink) => Promise<void>,
  maxBatch = MAX_BATCH,
): Promise<BulkSummary> {
  const summary: BulkSummary = { accepted: 0, rejected: 0, errors: [] };
  const inFlight = new Set<Promise<void>>();
  let batch: Batch = { memberships: [], lines: [] };
  let failed: { error: unknown } | undefined;

  const flush = () => {
    const sent = storeBatch(batch, service, summary)
      .catch((error) => {
        failed ??= { error };
      })
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    batch = { memberships: [], lines: [] };
  };
  const sink: BulkSink = {
    add(line, membership) {
      batch.memberships.push(membership);
      batch.lines.push(line);
      if (batch.lines.length === maxBatch) flush();
    },
    refuse: (line, detail) => reject(summary, line, detail),
    async room() {
      while (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
      if (failed) throw failed.error;
    },
  };

  try {
    await read(sink);
    if (batch.lines.length > 0 && !failed) flush();
  } catch (error) {
    failed ??= { error };
  }
  await Promise.all(inFlight);
  if (failed) throw withProgress(toFailure(failed.error), summary);
  return summary;
}

interface Batch {
  memberships: Membership[];
  /** The line each membership came from. */
  lines: number[];
}

async function storeBatch(
  { memberships, lines }: Batch,
  service: Pick<SegmentService, 'storeBatch'>,
  summary: BulkSummary,
): Promise<void> {
  const window = await service.storeBatch(groupMemberships(memberships));
  let later: Failure | undefined;
  memberships.forEach(({ segment, occurredAt }, index) => {
    const line = lines[index] as number;
    const day = utcDay(occurredAt);
    const refusal = refusalOf(segment, day, window);
    if (day < window.firstDay) reject(summary, line, outOfWindow(window.days));
    else if (refusal === undefined) summary.accepted += 1;
    else if (refusal.kind === 'unavailable') later = refusal;
    else reject(summary, line, refusal.message);
  });
  // A line that is rejected would not be sent again.
  if (later !== undefined) throw later;
}

function reject(summary: BulkSummary, line: number, detail: string): void {
  summary.rejected += 1;
  const { errors } = summary;
  // Batches come back in any order, so a later answer may bring an earlier line.
  if (errors.length === MAX_ERRORS && line > (errors.at(-1)?.line ?? 0)) return;
  errors.splice(errors.findLastIndex((error) => error.line < line) + 1, 0, { line, detail });
  errors.splice(MAX_ERRORS);
}

function withProgress(failure: Failure, { accepted, rejected }: BulkSummary): Failure {
  if (accepted === 0) return failure;
  // What was stored is charged again each time, so a body over a limit would never come to its end.
  const next =
    failure.kind === 'limited'
      ? 'send the body from there on'
      : 'it is safe to send the whole body again';
  return new Failure(
    failure.kind,
    `${failure.message}; ${accepted} memberships were stored before that, and ${next}`,
    { ...failure.options, members: { accepted, rejected } },
  );
}
