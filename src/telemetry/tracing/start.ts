import type { Logger } from '../logger.js';
import type { TracingConfig } from './schema.js';
import type { Tracing } from './tracing.js';

/**
 * Tracing by OpenTelemetry, when an exporter or an endpoint is configured. OpenTelemetry is loaded only here.
 *
 * @param service what spans are of unless configured otherwise
 * @throws StartError that says what is wrong with a variable that OpenTelemetry reads itself
 */
export async function startTracing(
  service: string,
  config: TracingConfig,
  logger: Logger,
): Promise<Tracing | undefined> {
  const { exporter, endpoint, tracesEndpoint, disabled } = config;
  const isConfigured = exporter === 'otlp' || (exporter === '' && endpoint + tracesEndpoint !== '');
  if (disabled || !isConfigured) return undefined;
  const { createOpenTelemetry } = await import('./open-telemetry.js');
  return createOpenTelemetry(service, config, logger);
}
