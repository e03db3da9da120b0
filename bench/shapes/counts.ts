import { fillDense } from '../loads/fill.js';
import { type Load, runWrk } from '../loads/wrk.js';
import { interleaveSystems } from '../report/cores.js';
import type { Section } from '../report/table.js';
import type { OwnSystem, System } from '../systems/system.js';
import type { Times } from './posts.js';

const CONNECTIONS = 64;
const SEGMENT = '/segment/s0';

/** `GET /segment/:segment` of a segment with 14 dense buckets, at all that counts; of this system at ES and at USS. */
export async function measureCounts(
  systems: readonly (System | OwnSystem)[],
  times: Times,
): Promise<Section> {
  const counting = systems.filter(({ store, redisPort }) => store === 'post' && redisPort);
  const alternatives = counting.flatMap((system) =>
    'grpc' in system
      ? [
          { ...system, name: `${system.name}, ES`, url: system.back },
          { ...system, name: `${system.name}, USS`, url: system.front },
        ]
      : [{ ...system, url: system.back ?? system.front }],
  );
  for (const system of counting) {
    await fillDense(system.redisPort as number, 'grpc' in system ? system.back : undefined);
  }
  return measureGets('GET /segment/:segment', alternatives, ({ url }) => url + SEGMENT, times);
}

/** A count of fewer days than the running window has, through USS. */
export async function measureFewerDays(
  systems: readonly OwnSystem[],
  times: Times,
): Promise<Section> {
  await fillAll(systems);
  const url = ({ front }: OwnSystem) => `${front}${SEGMENT}?days=7`;
  return measureGets('GET /segment/:segment?days=7 through USS', systems, url, times);
}

/** A question that ES alone answers. */
export async function measureQuestion(
  question: 'estimate' | 'history',
  systems: readonly OwnSystem[],
  times: Times,
): Promise<Section> {
  await fillAll(systems);
  const url = ({ back }: OwnSystem) => `${back}${SEGMENT}/${question}`;
  const load = { mayRefuse: true };
  return measureGets(`GET /segment/:segment/${question}`, systems, url, times, load);
}

async function fillAll(systems: readonly OwnSystem[]): Promise<void> {
  for (const { redisPort, back } of systems) await fillDense(redisPort, back);
}

async function measureGets<S extends System>(
  what: string,
  systems: readonly S[],
  urlOf: (system: S) => string,
  { rounds, seconds }: Times,
  options: Partial<Load> = {},
): Promise<Section> {
  const get = (system: S) =>
    runWrk({ url: urlOf(system), what: 'url', connections: CONNECTIONS, seconds, ...options });
  for (const system of systems) await get(system);
  return {
    title: `${what}, 14 dense buckets, ${CONNECTIONS} connections`,
    unit: 'requests/s',
    rows: await interleaveSystems(rounds, systems, get),
  };
}
