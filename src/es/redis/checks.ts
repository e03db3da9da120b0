import { NotReady } from '../../process/probe.js';
import { within } from '../../process/within.js';
import type { Logger } from '../../telemetry/logger.js';
import { answersOf, databaseRefusal, type RedisClient } from './connection.js';
import { isReply, unlessForbidden } from './health.js';
import { numberIn } from './info.js';
import { reasonOf } from './refusals.js';
import type { TrialOutcome } from './store-trial.js';

const CONNECTING: ReadonlySet<string> = new Set(['wait', 'connecting', 'connect']);

/** ioredis connects no more by itself: it was never asked to, or a connection by Sentinel was given up before it was made. */
const IDLE: ReadonlySet<string> = new Set(['wait', 'end']);

/** Looks at Redis once it is connected to. Rejects with why Redis cannot be worked with. */
export type ConnectionKeeper = (look: () => Promise<unknown>) => Promise<void>;

/**
 * Keeps a connection, which is made at the first look.
 *
 * @param timeoutMs how long connecting may take before it begins anew
 */
export function keepConnection(redis: RedisClient, timeoutMs: number): ConnectionKeeper {
  let lastError: Error | undefined;
  let connectingSince: number | undefined;
  /** Since it has refused the database, what else fails on this connection tells nothing. */
  let isGivenUp = false;
  /** What the server said at the last look that it answered; more than that there is no connection. */
  let reason: Error | undefined;

  // Of a Cluster that is just failing over ioredis may wait for an answer that never comes.
  const beginAnewIfStuck = () => {
    if (!CONNECTING.has(redis.status)) connectingSince = undefined;
    if (connectingSince === undefined || performance.now() - connectingSince < timeoutMs) return;
    connectingSince = undefined;
    redis.disconnect(true);
  };
  redis.on('error', (given) => {
    const error = lastOfNodes(given);
    const refusal = databaseRefusal(error);
    if (refusal !== undefined) lastError = new NotReady(refusal);
    else if (!isGivenUp) lastError = isReply(error) ? reasonOf(error) : error;
    isGivenUp ||= refusal !== undefined;
  });
  redis.on('close', () => {
    isGivenUp = false;
  });
  redis.on('ready', () => {
    lastError = undefined;
  });
  return async (look) => {
    if (CONNECTING.has(redis.status)) connectingSince ??= performance.now();
    try {
      if (IDLE.has(redis.status)) await within(timeoutMs, redis.connect());
      await look();
      reason = undefined;
    } catch (error) {
      beginAnewIfStuck();
      const said = isReply(error) ? reasonOf(error) : error;
      if (said instanceof NotReady) reason = said;
      // What the command says is only that there is no connection.
      throw lastError ?? (redis.status === 'ready' ? said : (reason ?? said));
    }
  };
}

/** Of a Cluster ioredis says only that no node has told of its slots, and has beside it what the last of them said. */
function lastOfNodes(error: Error & { lastNodeError?: unknown }): Error {
  return error.lastNodeError instanceof Error ? error.lastNodeError : error;
}

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
