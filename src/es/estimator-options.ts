import type { Failure } from '../domain/failure.js';
import type { SegmentBackend } from '../segment-service/segment-service.js';
import type { SegmentChanges } from './queries/list/segment-changes.js';
import type { RedisClient } from './redis/client.js';
import type { RedisClock } from './redis/clock.js';
import type { TrialOutcome } from './redis/health/store-trial.js';
import type { SegmentReader } from './redis/read/segment-reader.js';
import type { Warmer, WarmingOptions } from './redis/warming/warmer.js';

export interface Estimator extends SegmentBackend {
  /**
   * Finds out whether a primary of Redis was replaced, and stores again the memberships that the new primary may lack. To
   * be called about every second.
   *
   * @throws the error of Redis; the next call tries again
   */
  catchUp(): Promise<void>;
  /**
   * Deletes a segment: every bucket, every window and its entry in the registry, all in one atomic step. Does nothing if
   * the segment is unknown. If memberships of it are stored later, it starts from zero.
   *
   * @throws Failure `unavailable` or `internal`
   */
  remove(segment: string): Promise<void>;
  /**
   * How many bytes are remembered because no replica has them, and how many memberships were forgotten although no replica
   * had them.
   */
  atStake(): { bytes: number; dropped: number };
  /** Tries, at every primary of Redis, everything that storing needs, without writing anything. */
  tryStore(): Promise<TrialOutcome[]>;
  /** The segments that this process has made known or deleted. */
  changes: SegmentChanges;
  reader: SegmentReader;
  warmer: Warmer;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** The maximum of segments that can become known; on a Cluster in all slots together. 0 means no limit. */
  mostSegments: number;
}

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
   * The maximum of known segments; 0 means no limit.
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
   * The prefix of every key in Redis.
   *
   * @default `es:`
   */
  keyPrefix?: string;
  /**
   * How long Redis may take to answer, in milliseconds. Redis does not run a script that arrives later.
   *
   * @default 3_000
   */
  timeoutMs?: number;
  /**
   * Maximum of memory for memberships that no replica has yet, for each primary, in bytes.
   *
   * @default 64 MiB
   */
  unreplicatedMaxBytes?: number;
  /**
   * What ES does beyond this maximum: `refuse` refuses stores, `go-on` forgets the oldest memberships, `auto` refuses only
   * with Sentinel and on a Cluster.
   *
   * @default `auto`
   */
  whenUnreplicated?: string;
  /**
   * The mode of Redis: `single`, `sentinel` or `cluster`.
   *
   * @default `single`
   */
  mode?: string;
  /** The clock of Redis, which `catchUp` asks for the time. */
  clock?: RedisClock;
  /** The clock, in milliseconds. */
  now: () => number;
  /**
   * The key of the hashes that replace user ids in Redis; with an empty key the ids are stored unchanged.
   *
   * @default ''
   */
  userIdSecret?: string;
  /**
   * How many users a sample has at most, while all of them are in it; 0 if no samples are made.
   *
   * @default 1_024
   */
  sampleSize?: number;
  /** Called if a server of Redis allows only smaller samples. */
  onSampleSize?: (size: number) => void;
  /** Called after memberships were stored again because a primary was replaced. */
  onReplayed?: (memberships: number) => void;
  /** Called when a key is damaged: its segment fails, all others still work. */
  onDamaged?: (failure: Failure) => void;
  /** Called when a window counted 0 or is damaged, and is merged anew if it has any bucket. */
  onMerge?: () => void;
  /**
   * How windows are merged before their day.
   *
   * @default 5 % of the time of Redis
   */
  warming?: WarmingOptions;
}
