import { NotReady } from '../../../process/probe.js';
import type { Logger } from '../../../telemetry/logger.js';
import { answersOf, type RedisClient } from '../client.js';
import { numberIn, unlessForbidden } from '../info.js';
import { reasonOf } from './refusals.js';
import type { TrialOutcome } from './store-trial.js';

/** How often a connection to a server that refuses to write is made anew: its name may lead to another one by now. */
const ANEW_MS = 5_000;

/**
 * A look at whether Redis takes what is stored. On a Cluster only all primaries together keep everything from being stored;
 * of some the log is told once.
 *
 * @param tryStore tries what storing needs at every primary
 */
export function createStoreCheck(
  redis: RedisClient,
  tryStore: () => Promise<TrialOutcome[]>,
  logger: Logger,
): () => Promise<void> {
  let isFullNow = false;
  let told = '';
  let anewAt = Number.NEGATIVE_INFINITY;

  const connectAnew = () => {
    if (performance.now() - anewAt < ANEW_MS) return;
    anewAt = performance.now();
    redis.disconnect(true);
  };
  return async () => {
    if (redis.isCluster) await checkCluster(redis);
    else await redis.ping();
    await checkVersions(redis);
    const outcomes = await tryStore();
    const refused = outcomes.filter(({ error }) => error !== undefined);
    if (!redis.isCluster && refused[0]?.error?.message.startsWith('READONLY')) connectAnew();
    if (refused.length > 0 && refused.length === outcomes.length) throw refused[0]?.error;
    const partly = refused.map(({ owner, error }) => `${owner} (${reasonOf(error).message})`);
    const words = partly.join(', ');
    if (words !== told && words !== '') logger.warn(`Redis: some primaries take nothing: ${words}`);
    told = words;
    isFullNow = await looksFull(redis, isFullNow);
    if (isFullNow) throw reasonOf(new Error('OOM'));
  };
}

async function checkCluster(redis: RedisClient): Promise<void> {
  // Not of any node: it may be one that does not answer.
  const states = await answersOf(redis, (primary) => primary.cluster('INFO'));
  if (!states.some((state) => String(state).includes('cluster_state:ok')))
    throw new NotReady('the cluster does not serve every slot');
}

/** The first that has EXPIREAT NX. What others call themselves beside it (Valkey) does not count. */
const LEAST_VERSION = 7;

/** One that does not tell (INFO) is taken as it is. */
async function checkVersions(redis: RedisClient): Promise<void> {
  const infos = await answersOf(redis, (primary) => primary.info('server').catch(unlessForbidden));
  const versions = infos.map((info) => /^redis_version:(\S+)/m.exec(info)?.[1]);
  const old = versions.find((version = '') => Number.parseInt(version, 10) < LEAST_VERSION);
  if (old === undefined) return;
  throw new NotReady(`it is of version ${old}, and ES needs Redis ${LEAST_VERSION}.0 or newer`);
}

/**
 * Rejects where no server has the replicas that each store waits for. One that does not tell (INFO) is taken as it is.
 *
 * @param wanted how many that are
 */
export async function checkReplicas(redis: RedisClient, wanted: number): Promise<void> {
  if (wanted === 0) return;
  const infos = await answersOf(redis, (primary) =>
    primary.info('replication').catch(unlessForbidden),
  );
  const most = Math.max(
    ...infos.map((info) => (info === '' ? wanted : numberIn(info, 'connected_slaves'))),
  );
  if (infos.length === 0 || most >= wanted) return;
  throw new NotReady(
    `it has ${most} of the replicas that a store waits for (ES_REDIS_WAIT_REPLICAS=${wanted}): stores are refused, counts go on`,
  );
}

/** A server that was full counts as full until so much of its limit is free, so that ES is not ready by turns. */
const FREE_AGAIN = 0.02;

/**
 * What Redis has no memory for it refuses, while it counts on. One that does not tell (INFO), or may throw keys away, is
 * taken as it is. On a Cluster only all servers together keep everything from being stored.
 *
 * @param wasFull whether it was at the last look
 * @returns whether it is now
 */
async function looksFull(redis: RedisClient, wasFull: boolean): Promise<boolean> {
  const infos = await answersOf(redis, (primary) => primary.info('memory').catch(unlessForbidden));
  const isFullServer = (info: string) => {
    const limit = numberIn(info, 'maxmemory');
    const used = numberIn(info, 'used_memory') - numberIn(info, 'mem_not_counted_for_evict');
    const most = wasFull ? limit * (1 - FREE_AGAIN) : limit;
    return limit > 0 && used >= most && /^maxmemory_policy:noeviction/m.test(info);
  };
  return infos.length > 0 && infos.every(isFullServer);
}
