import type { SegmentBackend } from '../segment-service/segment-service.js';

/** A way to ES. */
export interface Forwarder extends SegmentBackend {
  /** Resolves while memberships can go this way; rejects with the reason when not. */
  check(): Promise<void>;
  close(): Promise<void> | void;
}
