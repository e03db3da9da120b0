import { randomUUID } from 'node:crypto';
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { version } from '../../process/version.js';
import { messageOf } from '../describe-error.js';
import type { Logger } from '../logger.js';
import { parsePairs } from './key-value-list.js';
import { createLossLog, type LossLog } from './loss-log.js';
import type { TracingConfig } from './settings.js';
import { createSpanProcessor, listenToOpenTelemetry } from './span-export.js';
import type { SpanKind as Kind, Tracing } from './tracing.js';

const KINDS: Record<Kind, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

// One context manager for all providers of the process: a context only says which span is active.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const propagator = new W3CTraceContextPropagator();

/** The default address to which OTLP exporters send. */
const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** The usual port of OTLP over gRPC. */
const GRPC_PORT = '4317';

/**
 * Tracing with OpenTelemetry over OTLP, as configured. OpenTelemetry itself reads the other `OTEL_*` variables.
 *
 * @param service the name of the service in spans, unless configured otherwise
 * @throws StartError that says what is wrong with those variables
 */
export function createOpenTelemetry(
  service: string,
  config: TracingConfig,
  logger: Logger,
): Tracing {
  const { parents, endpoint, tracesEndpoint } = config;
  const base = (endpoint || DEFAULT_ENDPOINT).replace(/\/$/, '');
  const url = new URL(tracesEndpoint || `${base}/v1/traces`);
  for (const doubt of doubtsOf(url)) logger.warn(doubt);
  const losses = createLossLog(logger, url.host);
  const provider = listenToOpenTelemetry(
    () => createProvider(service, config, url.href, losses),
    logger,
    losses,
  );
  const tracer = provider.getTracer('user-segmentation');

  return {
    isOn: true,
    parents,
    traced:
      (describe, work, attributesOf) =>
      (...args) => {
        const { name, kind, parent, links = [], attributes = {} } = describe(...args);
        const from = parent === undefined ? context.active() : contextOf(parent);
        const options = { kind: KINDS[kind], attributes, links: links.flatMap(toLink) };
        return tracer.startActiveSpan(name, options, from, async (span) => {
          try {
            const outcome = await work(...args);
            if (attributesOf !== undefined) span.setAttributes(attributesOf(outcome));
            return outcome;
          } catch (error) {
            span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
            throw error;
          } finally {
            span.end();
          }
        });
      },
    active() {
      const span = trace.getActiveSpan();
      return span && traceparentOf(trace.setSpan(ROOT_CONTEXT, span));
    },
    close: () => provider.shutdown(),
  };
}

/** Warnings about an address for traces that looks like a mistake, but need not be one. */
function doubtsOf({ host, port, pathname }: URL): string[] {
  const doubts: string[] = [];
  if (port === GRPC_PORT)
    doubts.push(
      `traces are sent to ${host} over HTTP, and ${GRPC_PORT} is as a rule the port of gRPC; that of HTTP is 4318`,
    );
  if (pathname.endsWith('/v1/traces/v1/traces'))
    doubts.push(
      `traces are sent to ${host}${pathname}: OTEL_EXPORTER_OTLP_ENDPOINT is as a rule without /v1/traces, which is added to it`,
    );
  if (pathname === '/')
    doubts.push(
      `traces are sent to ${host}/: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the whole URL, as a rule with /v1/traces`,
    );
  return doubts;
}

function createProvider(service: string, config: TracingConfig, url: string, losses: LossLog) {
  const Exporter =
    (config.tracesProtocol || config.protocol) === 'http/json' ? JsonExporter : ProtobufExporter;
  const headers = { ...parsePairs(config.headers), ...parsePairs(config.tracesHeaders) };
  const exporter = new Exporter({ url, headers });
  return new NodeTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': service,
        'service.version': version,
        'service.instance.id': randomUUID(),
        ...parsePairs(config.resourceAttributes),
        ...(config.serviceName !== '' && { 'service.name': config.serviceName }),
      }),
    ),
    spanProcessors: [createSpanProcessor(exporter, losses)],
  });
}

function contextOf(traceparent: string): Context {
  return propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
}

function traceparentOf(from: Context): string {
  const carrier: { traceparent?: string } = {};
  propagator.inject(from, carrier, defaultTextMapSetter);
  return carrier.traceparent ?? '';
}

function toLink(traceparent: string): Link[] {
  const linked = trace.getSpanContext(contextOf(traceparent));
  return linked === undefined ? [] : [{ context: linked }];
}
