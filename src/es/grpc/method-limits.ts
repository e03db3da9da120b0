import { MAX_COUNTS, MAX_NAME_BYTES } from '../../domain/membership.js';
import { EstimationServiceService } from '../../generated/segment.js';

/** Enough for all other methods: a few dozen of the longest names. */
const SMALL_BYTES = 16 * 1024;

/** Enough for health and reflection, whose requests have the name of a service, a symbol or a file. */
const NAME_BYTES = 512;

/** The services that report on the server itself. Health needs no credential. */
export const HEALTH = '/grpc.health.v1.Health/';
export const REFLECTION = '/grpc.reflection.';

/** The maximum of names of a `CountBatch`, each with a few bytes for its tag and length. */
const COUNT_BATCH_BYTES = MAX_COUNTS * (MAX_NAME_BYTES + 4) + SMALL_BYTES;

/** Maximum of simultaneous calls of a method whose calls have no natural end. */
export interface LongCallLimit {
  perConnection: number;
  inAll: number;
}

const { storeBatch, storeStream, countBatch } = EstimationServiceService;

const LONG_CALLS: ReadonlyMap<string, LongCallLimit> = new Map([
  [storeStream.path, { perConnection: 10, inAll: 2_000 }],
  ['/grpc.health.v1.Health/Watch', { perConnection: 4, inAll: 200 }],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', { perConnection: 2, inAll: 50 }],
  [
    '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    { perConnection: 2, inAll: 50 },
  ],
]);

/** @returns undefined for a method whose calls end by themselves */
export function longCallLimitOf(path: string): LongCallLimit | undefined {
  return LONG_CALLS.get(path);
}

/**
 * The largest message of a method.
 *
 * @param maxBatchBytes the largest message with a batch of memberships, in bytes
 */
export function maxMessageBytesOf(path: string, maxBatchBytes: number): number {
  if (path === storeBatch.path || path === storeStream.path) return maxBatchBytes;
  if (path.startsWith(HEALTH) || path.startsWith(REFLECTION)) return NAME_BYTES;
  const bytes = path === countBatch.path ? COUNT_BATCH_BYTES : SMALL_BYTES;
  return Math.min(bytes, maxBatchBytes);
}
