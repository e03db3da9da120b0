import { setTimeout as delay } from 'node:timers/promises';
import type { Acknowledged } from '../support/lost.js';

/** Steady load from clients that remember what was acknowledged. */
export interface Load {
  acknowledged: Acknowledged[];
  sent: number;
  /** Requests that were not acknowledged, by why. */
  refused: Map<string, number>;
  /** The longest time without an acknowledgement since this was asked last, in milliseconds. */
  takeLongestGap(): number;
  /** Resolves at the next acknowledgement. */
  next(): Promise<void>;
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

const SEGMENTS = 50;

/** Longer than any deadline of the services. */
const PATIENCE_MS = 15_000;

export function startLoad({ bases, clients, pauseMs, random, balanced }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const refused = new Map<string, number>();
  let ready = [...bases];
  let stopped = false;
  let sent = 0;
  let users = 0;
  let last = performance.now();
  let longestGap = 0;
  let waiting: (() => void)[] = [];

  const noteGap = () => {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - last);
    return now;
  };
  const acknowledge = (memberships: readonly Acknowledged[]) => {
    acknowledged.push(...memberships);
    last = noteGap();
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const refuse = (why: string) => refused.set(why, (refused.get(why) ?? 0) + 1);

  const post = async (path: string, type: string, memberships: readonly Acknowledged[]) => {
    const base = ready[Math.floor(random() * ready.length)] ?? bases[0];
    const body = memberships
      .map(({ segment, userId }) => JSON.stringify({ segment, user_id: userId }))
      .join('\n');
    sent += 1;
    try {
      const answer = await fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await answer.text();
      if (answer.status === 202) acknowledge(memberships);
      else refuse(String(answer.status));
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      refuse(cause?.code ?? String(error));
    }
  };
  const make = (): Acknowledged => {
    users += 1;
    const segment = `segment ${Math.floor(random() ** 2 * SEGMENTS)}`;
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
  const watch = async () => {
    while (!stopped) {
      const states = await Promise.all(bases.map(isReady));
      ready = bases.filter((_, index) => states[index]);
      await delay(50);
    }
  };
  const done = Promise.all([
    ...Array.from({ length: clients - 1 }, single),
    bulk(),
    ...(balanced ? [watch()] : []),
  ]);

  return {
    acknowledged,
    refused,
    get sent() {
      return sent;
    },
    takeLongestGap() {
      noteGap();
      const longest = longestGap;
      longestGap = 0;
      return longest;
    },
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
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
