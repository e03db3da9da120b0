import { LRUCache } from 'lru-cache';

/**
 * The limits of samples, as far as the store script has told them, by the keys of their buckets: hashes that are not below
 * need not be sent. 0 means that there is no sample.
 */
export interface Limits {
  get(bucket: string): number | undefined;
  set(bucket: string, limit: number): void;
  forget(bucket: string): void;
}

/** Room for some 60,000 buckets. Of others all hashes are sent, which takes longer. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What an entry takes beside its key, in bytes. */
const ENTRY_BYTES = 200;

export function createLimits(): Limits {
  const limits = new LRUCache<string, number>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_limit, bucket) => bucket.length + ENTRY_BYTES,
  });
  return {
    get: (bucket) => limits.get(bucket),
    set: (bucket, limit) => limits.set(bucket, limit),
    forget: (bucket) => limits.delete(bucket),
  };
}
