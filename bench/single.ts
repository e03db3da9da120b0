import { fillDense } from './fill.js';
import type { Section } from './report.js';
import { interleave } from './rounds.js';
import type { OwnSystem, System } from './systems.js';
import { runWrk } from './wrk.js';

export interface Times {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
}

export const SEGMENTS = 50;

/** `POST /segment` on everything, as many requests in flight as said. */
export async function measurePosts(
  systems: readonly System[],
  connections: number,
  { rounds, seconds }: Times,
): Promise<Section> {
  const post = ({ front, store }: System, duration = seconds) =>
    runWrk({ url: front, what: store, connections, seconds: duration, segments: SEGMENTS });
  for (const system of systems) await post(system, 2 * seconds);
  return {
    title: `POST /segment, ${connections} connections`,
    unit: 'requests/s',
    rows: await interleave(
      rounds,
      Object.fromEntries(systems.map((system) => [system.name, () => post(system)])),
    ),
  };
}

/** `GET /segment/:segment` of a segment with 14 dense buckets. */
export async function measureCounts(
  systems: readonly System[],
  own: OwnSystem,
  { rounds, seconds }: Times,
): Promise<Section> {
  const counting = systems.filter(({ store, redisPort }) => store === 'post' && redisPort);
  for (const system of counting) await fillDense(system.redisPort as number);
  await fillDense(own.redisPort, own.back);
  const get = (url: string) => () =>
    runWrk({ url, what: 'get', connections: 64, seconds, segments: 1 });
  const alternatives = {
    ...Object.fromEntries(counting.map(({ name, front, back }) => [name, get(back ?? front)])),
    [`${own.name}, ES`]: get(own.back),
    [`${own.name}, USS`]: get(own.front),
  };
  for (const measure of Object.values(alternatives)) await measure();
  return {
    title: 'GET /segment/:segment, 14 dense buckets, 64 connections',
    unit: 'requests/s',
    rows: await interleave(rounds, alternatives),
  };
}

/** `POST /segment` by each way from USS to ES. */
export async function measureTransports(
  systems: readonly System[],
  connections: number,
  times: Times,
): Promise<Section> {
  const section = await measurePosts(systems, connections, times);
  return { ...section, title: `POST /segment by transport, ${connections} connections` };
}

/** `POST /segment` with metrics, and with none counted. */
export async function measureMetrics(
  systems: readonly System[],
  connections: number,
  times: Times,
): Promise<Section> {
  const section = await measurePosts(systems, connections, times);
  return {
    ...section,
    title: `POST /segment with and without metrics, ${connections} connections`,
  };
}

/** One lone client, with group commit and without. */
export async function measureLone(
  own: OwnSystem,
  alone: OwnSystem,
  { rounds, seconds }: Times,
): Promise<Section> {
  const post =
    ({ front }: System) =>
    () =>
      runWrk({ url: front, what: 'post', connections: 1, seconds, segments: SEGMENTS });
  const alternatives = { 'with group commit': post(own), 'without group commit': post(alone) };
  for (const measure of Object.values(alternatives)) await measure();
  return {
    title: 'A lone client: POST /segment, 1 connection',
    unit: 'requests/s',
    rows: await interleave(rounds, alternatives),
  };
}
