/** A request whose body has not arrived completely. */
export interface UnfinishedRequest {
  readonly isThere: boolean;
  /** Keeps the bytes that have arrived until more of them arrive. The time runs from the first bytes on. */
  keep(bytes: Buffer): void;
  /** Takes the bytes that were kept, followed by others. The time runs on, as these may not be the rest either. */
  take(more?: Buffer): Buffer;
  /** Waits no longer: the request is complete, or somebody else's. */
  drop(): void;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * @param waitMs how long the rest may take, in milliseconds
 * @param onLate called when it takes longer
 */
export function createUnfinishedRequest(waitMs: number, onLate: () => void): UnfinishedRequest {
  let kept: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    get isThere() {
      return kept !== undefined;
    },
    keep(bytes) {
      kept = bytes;
      timer ??= setTimeout(onLate, waitMs);
    },
    take(more = NO_BYTES) {
      if (kept === undefined) return more;
      const bytes = Buffer.concat([kept, more]);
      kept = undefined;
      return bytes;
    },
    drop() {
      clearTimeout(timer);
      timer = undefined;
      kept = undefined;
    },
  };
}
