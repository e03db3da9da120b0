import type { Clients } from '../limits/clients.js';
import type { Metrics } from '../telemetry/metrics/metrics.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import type { CountAll } from './counting.js';
import { createLimitedService } from './limited-service.js';
import { createMembershipMetrics } from './membership-metrics.js';
import { limitNewSegments } from './new-segments.js';
import {
  createSegmentService,
  type SegmentBackend,
  type SegmentService,
} from './segment-service.js';

export interface SegmentServicesOptions {
  /** Maximum of single requests that are not answered yet, and maximum of them in one group. */
  queue: { maxQueued: number; maxBatch: number };
  /** How many new segments a client may make each minute; 0 means no limit. */
  newSegmentsPerMinute: number;
  /** Counts segments over the window, to know which are new. */
  count: CountAll;
  clients: Clients;
  metrics: Pick<Metrics, 'registry' | 'enabled'>;
  tracing: Tracing;
  /** The clock, in milliseconds. */
  now: () => number;
}

export interface SegmentServices {
  /** The service for requests of clients: they are charged, and new segments are limited. */
  forClients: SegmentService;
  /** The same for the service itself, without these limits. */
  forItself: SegmentService;
  /** Counts a membership that breaks a rule, before it comes to the service. */
  onInvalid: () => void;
}

/**
 * Everything between the requests of a service and its backend. From outside in: the client is charged, its new segments
 * are limited, its request waits for its fair share and leaves with others, and the backend is measured.
 */
export function createSegmentServices(
  backend: SegmentBackend,
  options: SegmentServicesOptions,
): SegmentServices {
  const { clients, count, metrics, tracing, now } = options;
  const memberships = createMembershipMetrics(metrics.registry, metrics.enabled);
  const queue = { ...options.queue, nameOf: clients.nameOf };
  const forItself = createSegmentService(
    memberships.measure(backend),
    queue,
    memberships.queue,
    tracing,
  );
  memberships.showQueue(forItself, queue.maxQueued);
  const newLimited = limitNewSegments(forItself, {
    perMinute: options.newSegmentsPerMinute,
    count,
    queue,
    now,
    onRefused: memberships.limited,
  });
  return {
    forItself,
    forClients: createLimitedService(newLimited, clients.quota),
    onInvalid: memberships.invalid,
  };
}
