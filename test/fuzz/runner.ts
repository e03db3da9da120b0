import type { Acknowledged } from '../support/count-lost.js';
import { timeLimit } from '../support/time-limit.js';
import { createDice } from './dice.js';
import type { Journal, Kind } from './exchange.js';

/** What became of one kind of traffic. */
export interface KindReport {
  name: string;
  requests: number;
  exchanges: number;
  /** How often each answer came; fewer than requests, as what broke the frame of one hid those behind it. */
  statuses: Record<string, number>;
  /** The longest an exchange took, in milliseconds. */
  longestMs: number;
}

/** What must not be, and what was sent before it. */
export interface Failure {
  /** Names the exchange, for `--replay`. */
  exchange: string;
  what: string;
  /** The last bytes that were sent, as a JavaScript string of latin1. */
  sent: string;
}

export interface RunOptions {
  /** Requests of all kinds together. */
  requests: number;
  /** The same seed sends the same. */
  seed: number;
  /** Just one exchange again, as a failure names it: `json:17`. */
  replay?: string;
}

export interface Run {
  reports: KindReport[];
  failures: Failure[];
  acknowledged: Acknowledged[];
}

/** How long nothing may happen in an exchange. */
const PATIENCE_MS = 10_000;

/** Less than the idle timeout of a server, which would end a hang. */
const MAX_PATIENCE_MS = 50_000;

/** After so many the rest would tell nothing new. */
const MAX_FAILURES = 20;

const SHOWN_BYTES = 4_000;

/** Sends traffic of all kinds at once. */
export async function runKinds(kinds: readonly Kind[], options: RunOptions): Promise<Run> {
  const run: Run = { reports: [], failures: [], acknowledged: [] };
  await Promise.all(kinds.map((kind, index) => runKind(kind, index, options, run)));
  return run;
}

async function runKind(kind: Kind, index: number, options: RunOptions, run: Run): Promise<void> {
  const { requests, seed, replay } = options;
  const quota = Math.round(requests * kind.share);
  const report: KindReport = {
    name: kind.name,
    requests: 0,
    exchanges: 0,
    statuses: {},
    longestMs: 0,
  };
  run.reports.push(report);
  const runOne = async (number: number) => {
    const start = performance.now();
    await runExchange(kind, `${kind.name}:${number}`, createDice(seed, index, number), report, run);
    report.longestMs = Math.max(report.longestMs, Math.round(performance.now() - start));
  };
  if (replay !== undefined) {
    const [name, number] = replay.split(':');
    if (name === kind.name) await runOne(Number(number));
    return;
  }
  const lane = async () => {
    while (report.requests < quota && run.failures.length < MAX_FAILURES) {
      report.exchanges += 1;
      await runOne(report.exchanges);
    }
  };
  await Promise.all(Array.from({ length: kind.lanes }, lane));
}

async function runExchange(
  kind: Kind,
  name: string,
  dice: ReturnType<typeof createDice>,
  report: KindReport,
  run: Run,
): Promise<void> {
  const sent: Buffer[] = [];
  let giveUp: (error: Error) => void;
  const hang = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const limitMs = Math.min(timeLimit(PATIENCE_MS), MAX_PATIENCE_MS);
  const timer = setTimeout(() => giveUp(new Error(`nothing for ${limitMs} ms`)), limitMs);
  const journal: Journal = {
    sent(bytes) {
      timer.refresh();
      report.requests += 1;
      sent.push(bytes);
    },
    answered(status) {
      timer.refresh();
      report.statuses[status] = (report.statuses[status] ?? 0) + 1;
    },
    acknowledged: (membership) => run.acknowledged.push(membership),
    fault(what) {
      const last = Buffer.concat(sent).subarray(-SHOWN_BYTES);
      run.failures.push({ exchange: name, what, sent: JSON.stringify(last.toString('latin1')) });
    },
  };
  try {
    await Promise.race([kind.exchange(dice, journal), hang]);
  } catch (error) {
    journal.fault(String((error as Error).stack));
  } finally {
    clearTimeout(timer);
  }
}
