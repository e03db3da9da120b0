import { Failure, toFailure } from '../failure.js';
import { MAX_BATCH, type Membership, outOfWindow, parseMembership } from '../membership.js';
import type { SegmentService } from '../segment-service.js';
import type { Entry } from './ndjson.js';

/** What became of a bulk body. */
export interface BulkSummary {
  accepted: number;
  rejected: number;
  /** The first refusals by line. */
  errors: { line: number; detail: string }[];
}

/** Most refusals a summary names; the rest are only counted. */
export const MAX_ERRORS = 20;

/** Batches on their way at once: one being stored while the next is parsed, and some to even out. */
const IN_FLIGHT = 4;

/**
 * Stores the entries of a bulk body in batches. Reads on only while few batches are on their way.
 *
 * @param groups the entries as they come, in any grouping
 * @param now the clock, read once a group
 * @throws Failure when a batch could not be stored; its members say how many memberships were
 */
export async function storeBulk(
  groups: AsyncIterable<Entry[]>,
  service: SegmentService,
  now: () => number,
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

  try {
    for await (const group of groups) {
      const time = now();
      for (const entry of group) {
        addEntry(batch, entry, time, summary);
        if (batch.memberships.length === MAX_BATCH) flush();
      }
      while (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
      if (failed) break;
    }
    if (batch.memberships.length > 0 && !failed) flush();
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

function addEntry(batch: Batch, entry: Entry, now: number, summary: BulkSummary): void {
  try {
    if ('failure' in entry) throw entry.failure;
    batch.memberships.push(parseMembership(entry.value, now));
    batch.lines.push(entry.line);
  } catch (error) {
    reject(summary, entry.line, toFailure(error).message);
  }
}

async function storeBatch(
  { memberships, lines }: Batch,
  service: SegmentService,
  summary: BulkSummary,
): Promise<void> {
  const outcome = await service.store(memberships);
  summary.accepted += memberships.length - outcome.outOfWindow.length;
  for (const position of outcome.outOfWindow) {
    reject(summary, lines[position] as number, outOfWindow(outcome.windowDays));
  }
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
  return new Failure(
    failure.kind,
    `${failure.message}; ${accepted} memberships were stored before that, and it is safe to send the whole body again`,
    { ...failure.options, members: { accepted, rejected } },
  );
}
