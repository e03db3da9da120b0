import { Counter, Gauge, type Registry } from 'prom-client';
import type { Replay } from './replay.js';

/**
 * Shows what would be lost with ES and the primary together.
 *
 * @param maxBytes most of it that may be kept
 */
export function showStake(
  registry: Registry,
  estimator: Readonly<Pick<Replay, 'atStake'>>,
  maxBytes: number,
): void {
  new Gauge({
    registers: [registry],
    name: 'redis_unreplicated_bytes',
    help: 'Bytes kept of memberships that no replica of Redis has, to store them again after a failover.',
    collect() {
      this.set(estimator.atStake.bytes);
    },
  });
  new Gauge({
    registers: [registry],
    name: 'redis_unreplicated_limit_bytes',
    help: 'How many there may be.',
  }).set(maxBytes);
  let counted = 0;
  new Counter({
    registers: [registry],
    name: 'redis_unreplicated_dropped_total',
    help: 'Memberships that no replica had when they were forgotten; a failover loses them.',
    collect() {
      const { dropped } = estimator.atStake;
      this.inc(dropped - counted);
      counted = dropped;
    },
  });
}
