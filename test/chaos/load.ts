import { setTimeout as delay } from 'node:timers/promises';
import type { Acknowledged } from '../support/count-lost.js';
import { timeLimit } from '../support/time-limit.js';

/** What became of a segment since `watch` was called. */
interface Seen {
  /** Of single memberships. */
  stored: number;
  refused: number;
  /** The longest time without an acknowledgement, in milliseconds. */
  longestGapMs: number;
}

/** Steady load from clients that remember what was acknowledged. */
export interface Load {
  acknowledged: Acknowledged[];
  sent: number;
  /** Requests that were not acknowledged, by why. */
  refused: Map<string, number>;
  segments: readonly string[];
  /** Looks at what becomes of each segment from now on. */
  watch(): void;
  /** What was seen of each segment; of a gap that has not ended, as much as there is. */
  seen(): Map<string, Seen>;
  /** Resolves at the next acknowledgement of some segment. */
  next(): Promise<void>;
  /** Resolves once a membership of each segment was acknowledged that was sent after this was called. */
  nextOfEach(): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Base URLs of the front doors. */
  bases: readonly string[];
  clients: number;
  /** Pause of a client after each request, in milliseconds. */
  pauseMs: number;
  random: () => number;
  /** Whether clients keep to the front doors that are ready, as behind a load balancer. */
  balanced?: boolean;
}

const SEGMENTS = 24;

/** Longer than any deadline of the services. */
const PATIENCE_MS = 15_000;

export function startLoad({ bases, clients, pauseMs, random, balanced }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const refused = new Map<string, number>();
  const segments = Array.from({ length: SEGMENTS }, (_, index) => `segment ${index}`);
  const watched = new Map<string, Seen & { since: number }>();
  const waiting = new Set<(memberships: readonly Acknowledged[]) => void>();
  let ready = [...bases];
  let stopped = false;
  let sent = 0;
  let users = 0;

  const note = (memberships: readonly Acknowledged[], isStored: boolean) => {
    const now = performance.now();
    for (const { segment } of memberships) {
      const seen = watched.get(segment);
      if (seen === undefined) continue;
      if (memberships.length === 1) seen[isStored ? 'stored' : 'refused'] += 1;
      if (isStored) {
        seen.longestGapMs = Math.max(seen.longestGapMs, now - seen.since);
        seen.since = now;
      }
    }
    if (!isStored) return;
    acknowledged.push(...memberships);
    for (const tell of [...waiting]) tell(memberships);
  };
  const refuse = (why: string) => refused.set(why, (refused.get(why) ?? 0) + 1);

  const post = async (path: string, type: string, memberships: readonly Acknowledged[]) => {
    const base = ready[Math.floor(random() * ready.length)] ?? bases[0];
    const body = memberships
      .map(({ segment, userId }) => JSON.stringify({ segment, user_id: userId }))
      .join('\n');
    sent += 1;
    let isStored = false;
    try {
      const answer = await fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
        signal: AbortSignal.timeout(timeLimit(PATIENCE_MS)),
      });
      const text = await answer.text();
      // Of a bulk body some lines may be refused alone.
      isStored = answer.status === 202 && !/"rejected":[1-9]/.test(text);
      if (!isStored) refuse(String(answer.status));
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      refuse(cause?.code ?? String(error));
    }
    note(memberships, isStored);
  };
  const make = (): Acknowledged => {
    users += 1;
    const segment = segments[Math.floor(random() * SEGMENTS)] as string;
    return { segment, userId: `user ${users}`, time: Date.now() };
  };
  const single = async () => {
    while (!stopped) {
      await post('/segment', 'application/json', [make()]);
      await delay(pauseMs);
    }
  };
  const bulk = async () => {
    while (!stopped) {
      await post('/segments', 'application/x-ndjson', Array.from({ length: 200 }, make));
      await delay(20 * pauseMs);
    }
  };
  const look = async () => {
    while (!stopped) {
      const states = await Promise.all(bases.map(isReady));
      ready = bases.filter((_, index) => states[index]);
      await delay(50);
    }
  };
  const done = Promise.all([
    ...Array.from({ length: clients - 1 }, single),
    bulk(),
    ...(balanced ? [look()] : []),
  ]);
  const until = (holds: (memberships: readonly Acknowledged[]) => boolean) =>
    new Promise<void>((resolve) => {
      const tell = (memberships: readonly Acknowledged[]) => {
        if (!holds(memberships)) return;
        waiting.delete(tell);
        resolve();
      };
      waiting.add(tell);
    });

  return {
    acknowledged,
    refused,
    segments,
    get sent() {
      return sent;
    },
    watch() {
      const since = performance.now();
      for (const segment of segments) {
        watched.set(segment, { stored: 0, refused: 0, longestGapMs: 0, since });
      }
    },
    seen() {
      const now = performance.now();
      return new Map(
        Array.from(watched, ([segment, { since, longestGapMs, ...seen }]) => [
          segment,
          { ...seen, longestGapMs: Math.max(longestGapMs, now - since) },
        ]),
      );
    },
    next: () => until(() => true),
    nextOfEach() {
      const from = Date.now();
      const missing = new Set(segments);
      return until((memberships) => {
        for (const { segment, time } of memberships) if (time >= from) missing.delete(segment);
        return missing.size === 0;
      });
    },
    async stop() {
      stopped = true;
      await done;
    },
  };
}

async function isReady(base: string): Promise<boolean> {
  return await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );
}
