import { Redis } from 'ioredis';
import type { Section } from './report.js';
import { interleave } from './rounds.js';
import type { Times } from './single.js';
import type { OwnSystem } from './systems.js';
import { runWrk } from './wrk.js';

const SEGMENTS = [10, 50, 1_000, 100_000];

/** The same figures at few segments and at many. */
export async function measureGrowth(
  own: OwnSystem,
  what: 'post' | 'get',
  { rounds, seconds }: Times,
): Promise<Section> {
  const load = (segments: number, duration = seconds) =>
    runWrk({ url: own.front, what, connections: 64, seconds: duration, segments });
  // Every segment once, so that what is measured is neither its first membership nor its first count.
  for (const segments of SEGMENTS) await load(segments, Math.max(seconds, segments / 10_000));
  const alternatives = SEGMENTS.map((segments) => [
    `${segments.toLocaleString('en')} segments`,
    () => load(segments),
  ]);
  return {
    title: `${what === 'post' ? 'POST /segment' : 'GET /segment/:segment'} through USS as segments grow, 64 connections`,
    unit: 'requests/s',
    rows: await interleave(rounds, Object.fromEntries(alternatives)),
  };
}

/** What Redis needs for a segment of some users: the bucket of a day, and the window once counted. */
export async function measureMemory(own: OwnSystem): Promise<Section> {
  const redis = new Redis({ port: own.redisPort });
  const rows: Section['rows'] = {};
  for (const users of [1, 100, 10_000, 1_000_000]) {
    const segment = `memory-${users}`;
    const body = Array.from(
      { length: users },
      (_, user) => `{"segment":"${segment}","user_id":"u${user}"}\n`,
    ).join('');
    const headers = { 'content-type': 'application/x-ndjson' };
    await fetch(`${own.front}/segments`, { method: 'POST', headers, body });
    await fetch(`${own.front}/segment/${segment}`);
    const keys = await redis.keys(`es:{${segment}}:*`);
    const sizes = await Promise.all(
      keys.map(async (key) => [
        key.includes(':window-') ? 'window' : 'bucket',
        Number(await redis.memory('USAGE', key)),
      ]),
    );
    rows[`${users.toLocaleString('en')} users`] = Object.fromEntries(sizes);
  }
  redis.disconnect();
  return { title: 'Redis memory of a segment', unit: 'bytes', rows };
}
