import { type Caller, callerGone } from '../../auth/caller.js';
import type { QueryContext } from './query-context.js';

/** How often ES looks whether somebody waits for an estimation that runs, in milliseconds. */
const LOOK_MS = 50;

/** Whether a caller has gone. */
export function goneOf(caller: Caller | undefined): () => boolean {
  return () => caller?.isGone() ?? false;
}

/** The context of a query. Its methods throw when the callers have gone, and estimations in threads are stopped then. */
export function whileWanted(context: QueryContext, isGone: () => boolean): QueryContext {
  const { reader, threads } = context;
  const step =
    <Asked extends unknown[], Answer>(work: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked) => {
      if (isGone()) throw callerGone();
      return work(...asked);
    };
  const estimation =
    <Asked, Answer>(work: (asked: Asked, signal: AbortSignal) => Promise<Answer>) =>
    (asked: Asked) =>
      untilGone(isGone, (signal) => work(asked, signal));
  return {
    ...context,
    reader: {
      ...reader,
      sketch: step(reader.sketch),
      sample: step(reader.sample),
      dailySamples: step(reader.dailySamples),
      dailyBuckets: step(reader.dailyBuckets),
      ofWindows: step(reader.ofWindows),
      ofDays: step(reader.ofDays),
    },
    threads: {
      ...threads,
      overlaps: estimation(threads.overlaps),
      expression: estimation(threads.expression),
      leastRegion: estimation(threads.leastRegion),
    },
  };
}

/** Does work, and aborts it once nobody waits for it. That somebody has gone is no event, so it looks from time to time. */
async function untilGone<Answer>(
  isGone: () => boolean,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  if (isGone()) throw callerGone();
  const gone = new AbortController();
  const looking = setInterval(() => {
    if (isGone()) gone.abort();
  }, LOOK_MS);
  try {
    return await work(gone.signal);
  } catch (error) {
    throw gone.signal.aborted ? callerGone() : error;
  } finally {
    clearInterval(looking);
  }
}
