import { setTimeout as delay } from 'node:timers/promises';
import { send, untilReady } from '../support/http.js';
import { countLost } from '../support/lost.js';
import { createRandom } from '../support/sample.js';
import { type ChaosMode, deploy } from './deployment.js';
import { type Load, startLoad } from './load.js';
import type { Part } from './parts.js';

export interface ChaosOptions {
  mode: ChaosMode;
  faults: number;
  /** The same seed brings the same faults in the same order. */
  seed: number;
  waitReplicas: number;
  /** How long faults last and are apart; 1 unless given, less is shorter. */
  pace?: number;
  /** Told of each fault once it is over. */
  onFault?: (fault: FaultReport) => void;
}

export interface FaultReport {
  part: string;
  fault: string;
  /** The longest time without an acknowledgement, in milliseconds. */
  outageMs: number;
  /** From when the part was back to the next acknowledgement, in milliseconds. */
  recoveryMs: number;
}

export interface ChaosReport {
  faults: FaultReport[];
  sent: number;
  acknowledged: number;
  refused: Record<string, number>;
  /** Acknowledged memberships that are not there. */
  lost: { bucket: number; window: number };
}

const CLIENTS = 16;
const PAUSE_MS = 2;

/** Puts a deployment under load, lets faults happen to it, and checks what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(options.seed);
  const deployment = await deploy(options.mode, options.waitReplicas);
  try {
    const { bases, services, stores } = deployment;
    const load = startLoad({ bases, clients: CLIENTS, pauseMs: PAUSE_MS, random: createRandom(1) });
    await load.next();
    await countEverything(bases);
    const faults: FaultReport[] = [];
    for (let number = 0; number < options.faults; number += 1) {
      // Each in turn first, so that every part is hit however few the faults are.
      const parts = [...services, ...stores];
      const part = parts[number < parts.length ? number : Math.floor(random() * parts.length)];
      const report = await hit(part as Part, load, random, options.pace ?? 1);
      faults.push(report);
      options.onFault?.(report);
    }
    await load.stop();
    for (const base of bases) await untilReady(base);
    await deployment.settled();
    return {
      faults,
      sent: load.sent,
      acknowledged: load.acknowledged.length,
      refused: Object.fromEntries(load.refused),
      lost: await countLost(deployment.redis, load.acknowledged),
    };
  } finally {
    await deployment.close();
  }
}

async function hit(
  part: Part,
  load: Load,
  random: () => number,
  pace: number,
): Promise<FaultReport> {
  await delay(pace * (500 + random() * 1_000));
  load.takeLongestGap();
  const kind = Math.floor(random() * 3);
  const awayMs = pace * (200 + random() * 2_800);
  if (kind === 0) {
    await part.kill();
    await delay(awayMs);
    await part.start();
  } else if (kind === 1) {
    part.pause();
    await delay(awayMs);
    part.resume();
  } else {
    await part.stop();
    await delay(awayMs / 4);
    await part.start();
  }
  const back = performance.now();
  await load.next();
  const recoveryMs = performance.now() - back;
  await delay(pace * 1_500);
  return {
    part: part.name,
    fault: ['kill -9', 'pause', 'restart'][kind] as string,
    outageMs: Math.round(load.takeLongestGap()),
    recoveryMs: Math.round(recoveryMs),
  };
}

/** Counts every segment, so that each has a running window from the start. */
async function countEverything(bases: readonly string[]): Promise<void> {
  const segments = Array.from({ length: 50 }, (_, index) => `segment ${index}`);
  await send(bases[0] as string, '/counts', { body: { segments } });
}
