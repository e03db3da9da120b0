import { NotReady } from '../../../process/probe.js';
import type { Logger } from '../../../telemetry/logger.js';
import { answersOf, type RedisClient } from '../client.js';
import { numberIn, unlessForbidden } from '../info.js';
import { reasonOf } from './refusals.js';
import type { TrialOutcome } from './store-trial.js';

/** How often ES reconnects to a server that refuses to write: its name may now lead to another server. */
const RECONNECT_MS = 5_000;

/**
 * Checks whether Redis can store. On a Cluster the check fails only if no primary can store; if only some cannot, this is
 * logged once.
 *
 * @param tryStore tries, at every primary, everything that storing needs
 */
export function createStoreCheck(
  redis: RedisClient,
  tryStore: () => Promise<TrialOutcome[]>,
  logger: Logger,
): () => Promise<void> {
  let isFull = false;
  let logged = '';
  let reconnectedAt = Number.NEGATIVE_INFINITY;

  const reconnect = () => {
    if (performance.now() - reconnectedAt < RECONNECT_MS) return;
    reconnectedAt = performance.now();
    redis.disconnect(true);
  };
  return async () => {
    if (redis.isCluster) await checkCluster(redis);
    else await redis.ping();
    await checkVersions(redis);
    const outcomes = await tryStore();
    const refused = outcomes.filter(({ error }) => error !== undefined);
    if (!redis.isCluster && refused[0]?.error?.message.startsWith('READONLY')) reconnect();
    if (refused.length > 0 && refused.length === outcomes.length) throw refused[0]?.error;
    const some = refused.map(({ owner, error }) => `${owner} (${reasonOf(error).message})`);
    const described = some.join(', ');
    if (described !== logged && described !== '')
      logger.warn(`Redis: some primaries take nothing: ${described}`);
    logged = described;
    isFull = await checkFull(redis, isFull);
    if (isFull) throw reasonOf(new Error('OOM'));
  };
}

async function checkCluster(redis: RedisClient): Promise<void> {
  // All primaries are asked, because any single one may not answer.
  const states = await answersOf(redis, (primary) => primary.cluster('INFO'));
  if (!states.some((state) => String(state).includes('cluster_state:ok')))
    throw new NotReady('the cluster does not serve every slot');
}

/** The first version with EXPIREAT NX. In the same field Valkey reports the version of Redis that it is compatible with. */
const MIN_VERSION = 7;

/** A server that refuses INFO passes the check. */
async function checkVersions(redis: RedisClient): Promise<void> {
  const infos = await answersOf(redis, (primary) => primary.info('server').catch(unlessForbidden));
  const versions = infos.map((info) => /^redis_version:(\S+)/m.exec(info)?.[1]);
  const old = versions.find((version = '') => Number.parseInt(version, 10) < MIN_VERSION);
  if (old === undefined) return;
  throw new NotReady(`it is of version ${old}, and ES needs Redis ${MIN_VERSION}.0 or newer`);
}

/**
 * Checks that servers know WAIT, and that some server has the replicas that each store waits for. A server that refuses INFO
 * passes.
 *
 * @param wanted how many replicas a store waits for
 * @throws NotReady when that is not so
 */
export async function checkReplicas(redis: RedisClient, wanted: number): Promise<void> {
  if (wanted === 0) return;
  await answersOf(redis, (primary) => primary.wait(0, 0)).catch((cause) => {
    throw new NotReady(
      `it refuses WAIT, by which a store waits for replicas (ES_REDIS_WAIT_REPLICAS=${wanted}): stores are refused, counts go on`,
      { cause },
    );
  });
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

/**
 * A server that was full counts as full until this part of its limit is free, so that ES does not switch back and forth.
 */
const FREE_SHARE = 0.02;

/**
 * Whether Redis is full: it refuses stores, and still counts. A server that refuses INFO, or may evict keys, is never full.
 * A Cluster is full when all its servers are.
 *
 * @param wasFull whether it was full at the last check
 */
async function checkFull(redis: RedisClient, wasFull: boolean): Promise<boolean> {
  const infos = await answersOf(redis, (primary) => primary.info('memory').catch(unlessForbidden));
  const isFullServer = (info: string) => {
    const limit = numberIn(info, 'maxmemory');
    const used = numberIn(info, 'used_memory') - numberIn(info, 'mem_not_counted_for_evict');
    const most = wasFull ? limit * (1 - FREE_SHARE) : limit;
    return limit > 0 && used >= most && /^maxmemory_policy:noeviction/m.test(info);
  };
  return infos.length > 0 && infos.every(isFullServer);
}
