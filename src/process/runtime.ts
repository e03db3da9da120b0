import type { Remark } from '../config/environment.js';
import { createLogger, type Logger, type LogOptions } from '../telemetry/logger.js';
import { createMetrics, type Metrics, type MetricsConfig } from '../telemetry/metrics/metrics.js';
import { createRequestLog, type RequestLog } from '../telemetry/request-log.js';
import type { TracingConfig } from '../telemetry/tracing/settings.js';
import { startTracing } from '../telemetry/tracing/start.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { fitToDescriptors, watchDescriptors } from './descriptors.js';
import { letHeapGrow } from './heap-growth.js';
import type { Release } from './lifecycle.js';
import { listenToSignals } from './signals.js';

interface RuntimeConfig {
  log: LogOptions & { accessSample: number };
  metrics: MetricsConfig;
  tracing: TracingConfig;
  diagnosticsDirectory: string;
}

export interface RuntimeOptions<Variable extends string> {
  /** The name of the service in logs and traces. */
  name: string;
  config: RuntimeConfig;
  /** The remarks about the configuration. */
  remarks: readonly Remark[];
  /** The limits of connections, by the variables that set them. */
  connections: Record<Variable, number>;
}

/** The basis that every service runs on. */
export interface Runtime<Variable extends string> {
  logger: Logger;
  requestLog: RequestLog;
  metrics: Metrics;
  tracing: Tracing;
  /** The limits of connections, lowered if this process may not have so many files open. */
  connections: Record<Variable, number>;
}

/**
 * Starts the basis of every service: its heap, logs, metrics and traces, and the handling of signals and limits of the system.
 *
 * @throws StartError if the configuration of OpenTelemetry is wrong
 */
export async function createRuntime<Variable extends string>(
  { name, config, remarks, connections }: RuntimeOptions<Variable>,
  onRelease: (release: Release) => void,
): Promise<Runtime<Variable>> {
  letHeapGrow();
  const logger = createLogger(name, config.log);
  for (const { level, text } of remarks) logger[level](text);
  onRelease(listenToSignals(logger, config.diagnosticsDirectory));
  onRelease(watchDescriptors(logger));
  const fitted = fitToDescriptors(connections, logger);
  const tracing = await startTracing(name, config.tracing, logger);
  onRelease(() => tracing.close());
  return {
    logger,
    requestLog: createRequestLog(logger, config.log.accessSample),
    metrics: createMetrics(config.metrics),
    tracing,
    connections: fitted,
  };
}
