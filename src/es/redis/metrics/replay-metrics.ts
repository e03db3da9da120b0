import { Counter, Gauge, type Registry } from 'prom-client';
import type { Replay } from '../replay/replay.js';

/** Metrics of the memberships that would be lost if the primaries of Redis and this process were lost now. */
export function showAtStake(
  registry: Registry,
  atStake: Replay['atStake'],
  maxBytes: number,
): void {
  const registers = [registry];
  new Gauge({
    registers,
    name: 'segmentation_redis_unreplicated_bytes',
    help: 'Bytes of memberships that are remembered because no replica of Redis has them yet.',
    collect() {
      this.set(atStake().bytes);
    },
  });
  new Gauge({
    registers,
    aggregator: 'max',
    name: 'segmentation_redis_unreplicated_limit_bytes',
    help: 'Most of these bytes, of each primary; beyond it stores are refused, or the oldest forgotten.',
  }).set(maxBytes);
  new Counter({
    registers,
    name: 'segmentation_redis_unreplicated_forgotten_memberships_total',
    help: 'Memberships that were forgotten although no replica of Redis had them.',
    collect() {
      this.reset();
      this.inc(atStake().dropped);
    },
  });
}
