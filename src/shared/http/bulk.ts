import { Failure, toFailure } from '../failure.js';
import { MAX_BATCH, type Membership } from '../membership.js';
import { groupMemberships } from '../membership-groups.js';
import type { SegmentService } from '../segment-service.js';
import { whyNotStored } from '../window.js';

/** What became of a bulk body. */
export interface BulkSummary {
  accepted: number;
  rejected: number;
  /** The first refusals by line. */
  errors: { line: number; detail: string }[];
}

/** Where the lines of a bulk body go, in their order. */
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

export interface BulkOptions {
  /** Most lines in a batch; 10,000 unless given. */
  maxBatch?: number;
  /**
   * Charges the client for lines that were refused, once they were. If given, batches are stored one after another, and none
   * behind one that was refused; then the client has used up what it may have, and goes on from there later.
   *
   * @throws Failure `limited`
   */
  chargeRefused?: (lines: number) => void;
}

/**
 * Stores a bulk body in batches, of which few are on their way at once.
 *
 * @param service charges the client for the memberships of each batch, if it is to be charged
 * @param read puts the body into a sink
 * @throws Failure when a batch could not be stored, or the body not be read; its members say which is the first line that
 *   was not stored, and what became of those before it
 */
export async function storeBulk(
  service: Pick<SegmentService, 'storeBatch'>,
  read: (sink: BulkSink) => Promise<void>,
  { maxBatch = MAX_BATCH, chargeRefused }: BulkOptions = {},
): Promise<BulkSummary> {
  const summary = createSummary();
  /** Those that are not in the summary, in the order of their lines. */
  const batches: Batch[] = [];
  const inFlight = new Set<Promise<void>>();
  let batch: Batch | undefined;
  let last = 0;
  let failed: { error: unknown } | undefined;
  let before = Promise.resolve();

  const work = async (one: Batch) => {
    if (failed) return;
    try {
      await storeBatch(one, service);
      while (batches[0]?.isDone) addSummary(summary, (batches.shift() as Batch).summary);
      chargeRefused?.(one.refused);
    } catch (error) {
      failed ??= { error };
    }
  };
  const flush = (one: Batch) => {
    batch = undefined;
    before = chargeRefused === undefined ? work(one) : before.then(() => work(one));
    const sent = before.finally(() => inFlight.delete(sent));
    inFlight.add(sent);
  };
  const take = (line: number, put: (into: Batch) => void) => {
    last = line;
    if (batch === undefined) {
      batch = createBatch(line);
      batches.push(batch);
    }
    const into = batch;
    put(into);
    if (into.lines.length + into.refused === maxBatch) flush(into);
  };
  const sink: BulkSink = {
    add: (line, membership) =>
      take(line, ({ memberships, lines }) => {
        memberships.push(membership);
        lines.push(line);
      }),
    refuse: (line, detail) =>
      take(line, (into) => {
        into.refused += 1;
        reject(into.summary, line, detail);
      }),
    async room() {
      while (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
      if (failed) throw failed.error;
    },
  };

  let readError: { error: unknown } | undefined;
  try {
    await read(sink);
    if (batch !== undefined) flush(batch);
  } catch (error) {
    readError = { error };
  }
  await Promise.all(inFlight);
  const error = failed ?? readError;
  // What was charged for the last lines of all is no failure: nothing is left to be stored.
  if (error === undefined || (readError === undefined && batches.length === 0)) return summary;
  // A body without lines has no first one.
  if (last === 0) throw error.error;
  throw withProgress(toFailure(error.error), summary, batches[0]?.firstLine ?? last + 1);
}

/** Lines that follow one another. */
interface Batch {
  firstLine: number;
  memberships: Membership[];
  /** The line each membership came from. */
  lines: number[];
  /** How many lines have none. */
  refused: number;
  summary: BulkSummary;
  isDone: boolean;
}

function createBatch(firstLine: number): Batch {
  const summary = createSummary();
  return { firstLine, memberships: [], lines: [], refused: 0, summary, isDone: false };
}

async function storeBatch(
  batch: Batch,
  service: Pick<SegmentService, 'storeBatch'>,
): Promise<void> {
  const { memberships, lines, summary } = batch;
  if (memberships.length > 0) {
    const window = await service.storeBatch(groupMemberships(memberships));
    let later: Failure | undefined;
    memberships.forEach((membership, index) => {
      const refusal = whyNotStored(membership, window);
      if (refusal === undefined) summary.accepted += 1;
      else if (refusal.kind === 'unavailable') later = refusal;
      else reject(summary, lines[index] as number, refusal.message);
    });
    // A line that is rejected would not be sent again.
    if (later !== undefined) throw later;
  }
  batch.isDone = true;
  // One before it may take long yet.
  batch.memberships = [];
  batch.lines = [];
}

function createSummary(): BulkSummary {
  return { accepted: 0, rejected: 0, errors: [] };
}

function reject(summary: BulkSummary, line: number, detail: string): void {
  summary.rejected += 1;
  const { errors } = summary;
  // Lines that break a rule come before those that are refused when the others are stored.
  if (errors.length === MAX_ERRORS && line > (errors.at(-1)?.line ?? 0)) return;
  errors.splice(errors.findLastIndex((error) => error.line < line) + 1, 0, { line, detail });
  errors.splice(MAX_ERRORS);
}

/** Adds what became of the lines that follow. */
function addSummary(summary: BulkSummary, { accepted, rejected, errors }: BulkSummary): void {
  summary.accepted += accepted;
  summary.rejected += rejected;
  summary.errors.push(...errors.slice(0, MAX_ERRORS - summary.errors.length));
}

/** @param line the first that was not stored */
function withProgress(failure: Failure, summary: BulkSummary, line: number): Failure {
  // What was stored is charged again each time, so a body over a limit would never come to its end.
  const next =
    failure.kind === 'limited'
      ? 'send the body from there on'
      : 'it is safe to send the whole body again';
  return new Failure(
    failure.kind,
    `${failure.message}; line ${line} is the first that was not stored: ${summary.accepted} memberships were stored before that, and ${next}`,
    { ...failure.options, members: { ...summary, line } },
  );
}
