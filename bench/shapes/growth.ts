import { Redis } from 'ioredis';
import { runWrk } from '../loads/wrk.js';
import { interleave, type Measured } from '../report/rounds.js';
import type { Section } from '../report/table.js';
import type { OwnSystem } from '../systems/system.js';
import type { Times } from './posts.js';

const SEGMENTS = [10, 50, 1_000, 100_000];

/** The same figures at few segments and at many. */
export async function measureGrowth(
  own: OwnSystem,
  what: 'post' | 'get',
  { rounds, seconds }: Times,
): Promise<Section> {
  const url = what === 'post' ? `${own.front}/segment` : own.front;
  const load = (segments: number, duration = seconds) =>
    runWrk({ url, what, connections: 64, seconds: duration, segments });
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

/** Memberships that memory is measured with; of the largest segments a few. */
const MEMORY_ROWS = 1_000_000;
const LEAST_SEGMENTS = 8;

/**
 * What Redis needs for each segment, keys, samples, expiries and registry included: a day, the running window once it is
 * counted, and the append-only file for each membership.
 */
export async function measureMemory(systems: readonly OwnSystem[]): Promise<Section> {
  const rows: Section['rows'] = {};
  for (const users of [1, 10, 100, 1_000, 10_000, 1_000_000]) {
    for (const system of systems) {
      rows[`${users.toLocaleString('en')} users, ${system.name}`] = await measureSegments(
        system,
        users,
      );
    }
  }
  return { title: 'Redis memory of a segment', unit: 'bytes', rows };
}

async function measureSegments(own: OwnSystem, users: number): Promise<Measured> {
  const redis = new Redis({ port: own.redisPort });
  // A rewrite of the file would hide what was added to it.
  await redis.config('SET', 'auto-aof-rewrite-percentage', '0');
  const figure = async (name: string) =>
    Number(new RegExp(`${name}:(\\d+)`).exec(await redis.info())?.[1]);
  const segments = Math.max(LEAST_SEGMENTS, Math.min(100_000, MEMORY_ROWS / users));
  const names = Array.from({ length: segments }, (_, index) => `memory-${users}-${index}`);
  // Without what is on its way.
  const memory = async () =>
    (await figure('used_memory')) -
    (await figure('mem_clients_normal')) -
    (await figure('mem_aof_buffer'));
  const [empty, fileBefore] = [await memory(), await figure('aof_current_size')];
  await upload(own, names, users);
  const [stored, fileAfter] = [await memory(), await figure('aof_current_size')];
  await countAll(own, names);
  const counted = await memory();
  redis.disconnect();
  return {
    day: (stored - empty) / segments,
    window: (counted - stored) / segments,
    'file a membership': (fileAfter - fileBefore) / (segments * users),
  };
}

async function upload(own: OwnSystem, segments: readonly string[], users: number): Promise<void> {
  const rowsAtOnce = 100_000;
  let body = '';
  let rows = 0;
  const send = async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    await fetch(`${own.front}/segments`, { method: 'POST', headers, body });
    [body, rows] = ['', 0];
  };
  for (const segment of segments) {
    for (let user = 0; user < users; user += 1) {
      body += `{"segment":"${segment}","user_id":"user-${Math.floor(Math.random() * 1e9)}"}\n`;
      rows += 1;
    }
    if (rows >= rowsAtOnce) await send();
  }
  if (rows > 0) await send();
}

async function countAll(own: OwnSystem, segments: readonly string[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  for (let at = 0; at < segments.length; at += 1_000) {
    const body = JSON.stringify({ segments: segments.slice(at, at + 1_000) });
    await (await fetch(`${own.back}/counts`, { method: 'POST', headers, body })).text();
  }
}
