import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createKeys } from '../../src/es/redis/keys.js';
import { fillDense } from '../loads/fill.js';
import { interleave } from '../report/rounds.js';
import type { Section } from '../report/table.js';
import type { OwnSystem } from '../systems/system.js';
import type { Times } from './posts.js';

const WINDOW_DAYS = 14;
const NAMES = Array.from({ length: 1_000 }, (_, index) => `cold${index}`);
const keys = createKeys(WINDOW_DAYS, false);

/** What is counted, as many such requests at once as said; then the days, or the whole window, which nobody has merged. */
const CALLS: readonly [title: string, requests: number, days?: number][] = [
  ['1 list of 1,000 cold windows', 1],
  ['8 lists of 1,000 segments over 13 days', 8, 13],
];

/** Others that store and count one segment meanwhile, each one request after the other. */
const OTHERS = 16;

/** `POST /counts` of what takes Redis long, and how long others wait for their answers until it is answered. */
export async function measureColdCounts(
  systems: readonly OwnSystem[],
  { rounds }: Pick<Times, 'rounds'>,
): Promise<Section> {
  for (const { redisPort, back } of systems) await fillSegments(redisPort, back);
  const rows = CALLS.flatMap(([title, requests, days]) =>
    systems.map((system) => [
      `${system.name}, ${title}`,
      () => countBesideOthers(system, requests, days),
    ]),
  );
  return {
    title: `Others beside POST /counts at ES, 14 dense buckets, ${OTHERS} others`,
    unit: 'ms',
    rows: await interleave(rounds, Object.fromEntries(rows)),
  };
}

/** Gives each segment the 14 dense buckets of `s0`, and an entry in the registry. */
async function fillSegments(port: number, url: string): Promise<void> {
  await fillDense(port, url);
  const redis = new Redis({ port });
  const today = utcDay(Date.now());
  for (const day of windowOf(today, WINDOW_DAYS)) {
    const bucket = await redis.getBuffer(keys.prefix('s0') + keys.bucket(day));
    const pipeline = redis.pipeline();
    for (const name of NAMES) {
      pipeline.set(keys.prefix(name) + keys.bucket(day), bucket as Buffer);
      pipeline.zadd(keys.registry(keys.prefix(name)), today, keys.entry(name));
    }
    await pipeline.exec();
  }
  redis.disconnect();
}

async function countBesideOthers({ redisPort, back }: OwnSystem, requests: number, days?: number) {
  const redis = new Redis({ port: redisPort });
  const today = utcDay(Date.now());
  await redis.unlink(...NAMES.map((name) => keys.prefix(name) + keys.window(today)));
  redis.disconnect();
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string, body?: object) => answered(agent, back + path, body);
  const waits: number[] = [];
  let isOver = false;
  const others = Array.from({ length: OTHERS }, async (_, other) => {
    for (let user = 0; !isOver; user += 1) {
      const start = performance.now();
      if (other % 2 === 0) await ask('/segment/s0');
      else await ask('/segment', { segment: 's1', user_id: `u${other}-${user}` });
      waits.push(performance.now() - start);
    }
  });
  const start = performance.now();
  const body = { segments: NAMES, ...(days !== undefined && { days }) };
  await Promise.all(Array.from({ length: requests }, () => ask('/counts', body)));
  const took = performance.now() - start;
  isOver = true;
  await Promise.all(others);
  agent.destroy();
  waits.sort((one, other) => one - other);
  return {
    p50: waits[waits.length >> 1] as number,
    p99: waits[Math.floor(waits.length * 0.99)] as number,
    'longest wait': waits.at(-1) as number,
    'until all is counted': took,
  };
}

/** Resolves when a request was answered in full. @throws Error if it was refused */
function answered(agent: Agent, url: string, body?: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    request(url, { agent, method, headers }, (response) => {
      response.resume().once('end', resolve);
      if ((response.statusCode ?? 0) >= 300) reject(new Error(`${response.statusCode} of ${url}`));
    })
      .once('error', reject)
      .end(body && JSON.stringify(body));
  });
}
