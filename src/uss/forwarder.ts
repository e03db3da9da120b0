import type { SegmentBackend } from '../segment-service/segment-service.js';

/** A way to ES. */
export interface Forwarder extends SegmentBackend {
  /** Resolves when memberships can be sent this way; rejects with the reason why not. */
  check(): Promise<void>;
  close(): Promise<void> | void;
}
