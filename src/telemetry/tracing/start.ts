import type { Logger } from '../logger.js';
import type { TracingConfig } from './settings.js';
import { NO_TRACING, type Tracing } from './tracing.js';

/**
 * Starts tracing with OpenTelemetry if an exporter or an endpoint is configured. Only then is OpenTelemetry loaded.
 *
 * @param service the name of the service in spans, unless configured otherwise
 * @throws StartError that says what is wrong with a variable that OpenTelemetry reads itself
 */
export async function startTracing(
  service: string,
  config: TracingConfig,
  logger: Logger,
): Promise<Tracing> {
  const { exporter, endpoint, tracesEndpoint, disabled } = config;
  const isConfigured = exporter === 'otlp' || (exporter === '' && endpoint + tracesEndpoint !== '');
  if (disabled || !isConfigured) return NO_TRACING;
  const { createOpenTelemetry } = await import('./open-telemetry.js');
  return createOpenTelemetry(service, config, logger);
}
