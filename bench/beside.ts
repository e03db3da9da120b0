import { makeRows, upload } from './bulk.js';
import { measureColdCounts } from './cold-counts.js';
import { fillDense } from './fill.js';
import type { Section } from './report.js';
import { interleave } from './rounds.js';
import { measurePosts, SEGMENTS, type Times } from './single.js';
import type { OwnSystem } from './systems.js';
import { runWrk } from './wrk.js';

const BULK_ROWS = 500_000;

/** What the hot routes and bulk do in another state of this project, and in this one; all in turn. */
export const BESIDE: readonly [
  title: string,
  measure: (systems: OwnSystem[], times: Times) => Promise<Section>,
][] = [
  ['post 64', (systems, times) => measurePosts(systems, 64, times)],
  ['post 256', (systems, times) => measurePosts(systems, 256, times)],
  ['get ES', (systems, times) => measureGets('ES', systems, ({ back }) => back, times)],
  ['get USS', (systems, times) => measureGets('USS', systems, ({ front }) => front, times)],
  ['bulk', measureBulks],
  ['cold counts', measureColdCounts],
];

async function measureGets(
  service: string,
  systems: readonly OwnSystem[],
  urlOf: (system: OwnSystem) => string,
  { rounds, seconds }: Times,
): Promise<Section> {
  for (const { redisPort, back } of systems) await fillDense(redisPort, back);
  const rows = systems.map((system) => {
    const load = {
      url: urlOf(system),
      what: 'get',
      connections: 64,
      seconds,
      segments: 1,
    } as const;
    return [system.name, () => runWrk(load)] as const;
  });
  return {
    title: `GET /segment/:segment at ${service}, 14 dense buckets, 64 connections`,
    unit: 'requests/s',
    rows: await interleave(rounds, Object.fromEntries(rows)),
  };
}

async function measureBulks(systems: readonly OwnSystem[], { rounds }: Times): Promise<Section> {
  const chunks = makeRows(BULK_ROWS, 4 * SEGMENTS);
  const post =
    ({ front }: OwnSystem) =>
    async () => {
      const start = performance.now();
      const rows = await upload(front, chunks, 1);
      return { perSecond: rows / ((performance.now() - start) / 1_000) };
    };
  for (const system of systems) await post(system)();
  return {
    title: `POST /segments, NDJSON of ${BULK_ROWS} rows`,
    unit: 'memberships/s',
    rows: await interleave(
      rounds,
      Object.fromEntries(systems.map((system) => [system.name, post(system)])),
    ),
  };
}
