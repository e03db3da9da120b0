import { Cluster, type Redis } from 'ioredis';
import { primariesOf, type RedisClient } from './connection.js';
import { unlessForbidden } from './health.js';
import { numberIn } from './info.js';

/** A server that is written to. */
export interface Primary {
  /** What tells it from the others of a Cluster; empty where there is one. */
  name: string;
  redis: Redis;
}

/** How the replication of a primary is, as it says itself. */
export interface Replication {
  /** Changes when the server starts, when it takes over, and when it begins anew with the data of another. */
  history: string;
  /** How far it has come, in bytes. */
  offset: number;
  /** How far each replica that is there has come. */
  replicaOffsets: number[];
}

export function namedPrimaries(redis: RedisClient): Primary[] {
  if (!(redis instanceof Cluster))
    return primariesOf(redis).map((one) => ({ name: '', redis: one }));
  return primariesOf(redis).map((one) => ({
    name: `${one.options.host}:${one.options.port}`,
    redis: one,
  }));
}

/** The name of the primary that has a slot. @param slot is looked at on a Cluster only */
export function ownerOf(redis: RedisClient, slot: () => number): string {
  return redis instanceof Cluster ? (redis.slots[slot()]?.[0] ?? '') : '';
}

/** @returns undefined where the user of Redis may not ask */
export async function readReplication({ redis }: Primary): Promise<Replication | undefined> {
  const info = await redis.info('server', 'replication').catch(unlessForbidden);
  if (info === '') return undefined;
  const text = (field: string) => new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
  return {
    history: `${text('run_id')} ${text('master_replid')}`,
    offset: numberIn(info, 'master_repl_offset'),
    replicaOffsets: Array.from(
      info.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm),
      ([, offset]) => Number(offset),
    ),
  };
}

/**
 * The primaries of a Cluster that replicas belong to, be they there or not, by name. Undefined where the user of Redis
 * may not ask.
 */
export async function replicatedPrimaries(redis: Cluster): Promise<Set<string> | undefined> {
  const nodes = String(await redis.cluster('NODES').catch(unlessForbidden));
  if (nodes === '') return undefined;
  const lines = nodes
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const primaries = new Set(lines.map(([, , , primary]) => primary));
  const owners = lines.filter(([id]) => primaries.has(id));
  // As `10.0.0.1:6379@16379,name`.
  return new Set(owners.map(([, address = '']) => address.replace(/@.*/, '')));
}
