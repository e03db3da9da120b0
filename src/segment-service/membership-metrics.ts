import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type FailureKind, toFailure } from '../domain/failure.js';
import { countMemberships, type MembershipGroup } from '../domain/membership-groups.js';
import { refusalOf, refusedOf } from '../domain/window.js';
import { LATENCY_BUCKETS } from '../telemetry/metrics/http.js';
import type { QueueEvents, SegmentBackend } from './segment-service.js';

/** The metrics of memberships on their way through a service. */
export interface MembershipMetrics {
  /** A backend whose stores are measured. */
  measure(backend: SegmentBackend): SegmentBackend;
  /** Receives the events of the queue of single memberships. */
  queue: QueueEvents;
  /** Shows how full that queue is. */
  showQueue(queue: { readonly queued: number }, limit: number): void;
  /** Counts a membership that breaks a rule. */
  invalid(): void;
  /** Counts memberships beyond the limit of their client. */
  limited(count: number): void;
}

type Reason = FailureKind | 'out_of_window' | 'overloaded';

/** Every reason, so that each has a series from the start. */
const REASONS: readonly Reason[] = [
  'invalid',
  'out_of_window',
  'full',
  'overloaded',
  'limited',
  'unavailable',
  'deadline',
  'internal',
];

const BATCH_BUCKETS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];

export function createMembershipMetrics(registry: Registry, enabled: boolean): MembershipMetrics {
  const registers = [registry];
  const accepted = new Counter({
    registers,
    name: 'segmentation_memberships_accepted_total',
    help: 'Memberships that were checked and sent on to be stored.',
  });
  const stored = new Counter({
    registers,
    name: 'segmentation_memberships_stored_total',
    help: 'Memberships that are durable: in Redis, or in RabbitMQ where USS puts them there.',
  });
  const rejected = new Counter({
    registers,
    name: 'segmentation_memberships_rejected_total',
    help: 'Memberships that were not stored, by reason.',
    labelNames: ['reason'],
  });
  for (const reason of REASONS) rejected.inc({ reason }, 0);
  const duration = new Histogram({
    registers,
    name: 'segmentation_store_batch_duration_seconds',
    help: 'Time to store a batch of memberships, or to fail.',
    labelNames: ['outcome'],
    buckets: LATENCY_BUCKETS,
  });
  const size = new Histogram({
    registers,
    name: 'segmentation_store_batch_memberships',
    help: 'Memberships in a batch.',
    buckets: BATCH_BUCKETS,
  });
  const wait = new Histogram({
    registers,
    name: 'segmentation_store_queue_wait_seconds',
    help: 'Time the first membership, or small batch, of a group commit waited for it to leave.',
    buckets: LATENCY_BUCKETS,
  });
  const settled = { stored: duration.labels('stored'), failed: duration.labels('failed') };

  async function store(backend: SegmentBackend, groups: readonly MembershipGroup[]) {
    const count = countMemberships(groups);
    // USS sends an empty batch to find out whether it may store.
    if (count === 0) return backend.store(groups);
    const start = performance.now();
    accepted.inc(count);
    size.observe(count);
    try {
      const window = await backend.store(groups);
      const expired = countMemberships(groups.filter(({ day }) => day < window.firstDay));
      const [refused] = refusedOf(groups, window);
      stored.inc(count - expired - countMemberships(refused));
      if (expired > 0) rejected.inc({ reason: 'out_of_window' }, expired);
      for (const { segment, day, userIds } of refused) {
        const reason = refusalOf(segment, day, window)?.kind ?? 'full';
        rejected.inc({ reason }, userIds.length);
      }
      settled.stored.observe((performance.now() - start) / 1_000);
      return window;
    } catch (error) {
      rejected.inc({ reason: toFailure(error).kind }, count);
      settled.failed.observe((performance.now() - start) / 1_000);
      throw error;
    }
  }

  return {
    measure: (backend) =>
      enabled
        ? {
            store: (groups) => store(backend, groups),
            count: (...asked) => backend.count(...asked),
          }
        : backend,
    queue: enabled
      ? {
          onLeave: (waitedMs) => wait.observe(waitedMs / 1_000),
          onRefused: () => rejected.inc({ reason: 'overloaded' }),
        }
      : {},
    showQueue(queue, limit) {
      gauge(
        registry,
        'segmentation_store_queue_memberships',
        'Single memberships taken and not answered.',
        () => {
          return queue.queued;
        },
      );
      gauge(
        registry,
        'segmentation_store_queue_limit_memberships',
        'How many there may be; more are refused.',
        () => limit,
      );
    },
    invalid: () => rejected.inc({ reason: 'invalid' }),
    limited: (count) => rejected.inc({ reason: 'limited' }, count),
  };
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    registers: [registry],
    name,
    help,
    collect() {
      this.set(value());
    },
  });
}
