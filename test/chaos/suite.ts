import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../scripts/testbed/random.js';
import { countLost, type Lost } from '../support/count-lost.js';
import { send, untilReady } from '../support/http.js';
import { timeLimit } from '../support/time-limit.js';
import { type ChaosMode, deploy } from './deployment.js';
import { CLOCK_FAULTS } from './faults/clocks.js';
import type { Fault, FaultKind } from './faults/fault.js';
import { HOST_FAULTS } from './faults/hosts.js';
import { LINK_FAULTS } from './faults/links.js';
import { PROCESS_FAULTS } from './faults/processes.js';
import { COMMAND_DENIED, REDIS_FAULTS } from './faults/redis.js';
import { type Load, startLoad } from './load.js';

export interface ChaosOptions {
  mode: ChaosMode;
  faults: number;
  /** The same seed brings the same faults in the same order. */
  seed: number;
  /** More of the environment of the services. */
  env?: Record<string, string>;
  /** Denies ES no command, so that buckets keep their samples. @default false */
  isAllAllowed?: boolean;
  /** How long faults last and are apart; 1 unless given, less is shorter. */
  pace?: number;
  /** Told of each fault once it is over. */
  onFault?: (fault: FaultReport) => void;
}

export interface FaultReport {
  name: string;
  where: string;
  /** How long it lasted, in milliseconds. */
  faultMs: number;
  /** The longest time in which nothing was stored of some segment, in milliseconds, and how much of it was beyond the fault. */
  outageMs: number;
  beyondMs: number;
  /** Of single memberships of segments that had nothing to do with it, the part that was stored; undefined where there are none. */
  innocent: number | undefined;
}

export interface ChaosReport {
  faults: FaultReport[];
  sent: number;
  acknowledged: number;
  refused: Record<string, number>;
  /** Acknowledged memberships that are not there. */
  lost: Lost;
}

const CLIENTS = 24;
const PAUSE_MS = 10;

/** How long traffic may take to flow again before the run is given up. */
const PATIENCE_MS = 120_000;

const KINDS: readonly FaultKind[] = [
  ...PROCESS_FAULTS,
  ...LINK_FAULTS,
  ...HOST_FAULTS,
  ...REDIS_FAULTS,
  ...CLOCK_FAULTS,
];

/** Puts a deployment under load, lets faults happen to it, and checks what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(options.seed);
  const deployment = await deploy(options.mode, options.env);
  try {
    const { bases } = deployment;
    const load = startLoad({ bases, clients: CLIENTS, pauseMs: PAUSE_MS, random: createRandom(1) });
    const { segments } = load;
    await load.nextOfEach();
    // So that each has a running window from the start.
    await send(bases[0] as string, '/counts', { body: { segments } });
    const faults: FaultReport[] = [];
    let kinds: FaultKind[] = [];
    while (faults.length < options.faults) {
      // Each kind once in random order, then each once more.
      if (kinds.length === 0) kinds = shuffle(KINDS, random);
      const fault = await (kinds.pop() as FaultKind)({ deployment, segments, random });
      if (fault === undefined || (options.isAllAllowed && fault.name === COMMAND_DENIED)) continue;
      const report = await suffer(fault, load, random, options.pace ?? 1);
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
  } catch (error) {
    for (const { name, lastWords } of deployment.services) {
      console.log(`\n${name} said last:\n${lastWords()}`);
    }
    throw error;
  } finally {
    await deployment.close();
  }
}

async function suffer(
  fault: Fault,
  load: Load,
  random: () => number,
  pace: number,
): Promise<FaultReport> {
  await delay(pace * (300 + random() * 500));
  const isLong = random() < 0.2;
  const lastsMs = pace * (isLong ? 5_000 + random() * 7_000 : 300 + random() * 2_700);
  load.watch();
  const begin = performance.now();
  await fault.begin();
  if (!fault.isInstant) await delay(lastsMs);
  await fault.end();
  const faultMs = performance.now() - begin;
  // Of what was asked meanwhile, before those who have waited come in.
  const during = load.seen();
  await within(load.nextOfEach(), `${fault.name} of ${fault.where}`);
  const outageMs = Math.max(
    ...Array.from(load.seen().values(), ({ longestGapMs }) => longestGapMs),
  );
  const { name, where, isInnocent = () => false } = fault;
  const innocents = [...during].filter(([segment]) => isInnocent(segment)).map(([, seen]) => seen);
  const stored = sum(innocents.map((seen) => seen.stored));
  const all = stored + sum(innocents.map(({ refused }) => refused));
  return {
    name,
    where,
    faultMs,
    outageMs,
    beyondMs: Math.max(0, outageMs - faultMs),
    innocent: all === 0 ? undefined : stored / all,
  };
}

async function within(done: Promise<void>, what: string): Promise<void> {
  const stop = new AbortController();
  const late = delay(timeLimit(PATIENCE_MS), true, { signal: stop.signal }).catch(() => false);
  const isLate = await Promise.race([done.then(() => false), late]);
  stop.abort();
  if (isLate) throw new Error(`traffic does not flow again behind: ${what}`);
}

function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
