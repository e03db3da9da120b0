import type { Command } from 'ioredis';
import { Counter, Histogram, type Registry } from 'prom-client';
import { getOrCreate } from '../../../domain/get-or-create.js';
import { LATENCY_BUCKETS } from '../../../telemetry/metrics/http.js';
import type { RedisClient } from '../client.js';

/** Commands with their own label; the others share one. */
const KNOWN = new Set([
  'evalsha',
  'eval',
  'pfcount',
  'getbuffer',
  'get',
  'zscan',
  'zcard',
  'info',
  'ping',
  'wait',
]);

/** Measures each command, from the call of ioredis to the reply. */
export function measureCommands(connections: readonly RedisClient[], registry: Registry): void {
  const duration = new Histogram({
    registers: [registry],
    name: 'segmentation_redis_command_duration_seconds',
    help: 'Time from giving a command to the client to its reply.',
    labelNames: ['command'],
    buckets: LATENCY_BUCKETS,
  });
  const errors = new Counter({
    registers: [registry],
    name: 'segmentation_redis_command_errors_total',
    help: 'Commands that failed.',
    labelNames: ['command'],
  });
  for (const command of ['evalsha', 'pfcount']) errors.inc({ command }, 0);
  const series = new Map<string, { observe: (seconds: number) => void }>();
  const seriesOf = (command: string) =>
    getOrCreate(series, command, () => duration.labels(command));
  for (const redis of connections) {
    // All commands pass through sendCommand, also those of pipelines and scripts; ioredis has no other hook for them.
    const send = redis.sendCommand.bind(redis) as (command: Command, ...rest: unknown[]) => unknown;
    redis.sendCommand = (command: Command, ...rest: unknown[]) => {
      const name = KNOWN.has(command.name) ? command.name : 'other';
      const start = performance.now();
      command.promise.then(
        () => seriesOf(name).observe((performance.now() - start) / 1_000),
        () => errors.inc({ command: name }),
      );
      return send(command, ...rest);
    };
  }
}
