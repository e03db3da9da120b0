import type { Failure } from '../domain/failure.js';
import type { RedisClient } from './redis/client.js';
import type { RedisClock } from './redis/clock.js';

export interface EstimatorOptions {
  redis: RedisClient;
  /**
   * The connection for reading, so that no store waits behind a read.
   *
   * @default `redis`
   */
  reads?: RedisClient;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /**
   * The most segments that may be known; 0 is any number.
   *
   * @default 0
   */
  maxSegments?: number;
  /**
   * How many replicas must have a write before it is acknowledged.
   *
   * @default 0
   */
  waitReplicas?: number;
  /**
   * How long the replicas may take, in milliseconds.
   *
   * @default 1_000
   */
  waitTimeoutMs?: number;
  /**
   * What every key in Redis begins with.
   *
   * @default `es:`
   */
  keyPrefix?: string;
  /**
   * How long Redis may take to answer, in milliseconds. It does not run a script that reaches it later.
   *
   * @default 3_000
   */
  timeoutMs?: number;
  /**
   * The most memory for memberships that no replica has yet, for each primary, in bytes.
   *
   * @default 64 MiB
   */
  unreplicatedMaxBytes?: number;
  /**
   * What happens beyond that: `refuse` stores, `go-on` and forget the oldest, or `auto`: refuse with Sentinel and on a
   * Cluster.
   *
   * @default `auto`
   */
  whenUnreplicated?: string;
  /**
   * How Redis runs: `single`, `sentinel` or `cluster`.
   *
   * @default `single`
   */
  mode?: string;
  /** The clock of Redis, which `catchUp` asks for the time. */
  clock?: RedisClock;
  /** The clock, in milliseconds. */
  now: () => number;
  /**
   * The key of the hashes that replace user ids in Redis; with an empty one the ids are stored as they are.
   *
   * @default ''
   */
  userIdSecret?: string;
  /** Called after memberships were stored again because another server has taken over. */
  onReplayed?: (memberships: number) => void;
  /** Called when a key is damaged: its segment fails, all others go on. */
  onDamaged?: (failure: Failure) => void;
  /** Called when a window counted 0 or is damaged, and is merged anew if it has any bucket. */
  onMerge?: () => void;
}
