import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Link,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { messageOf } from '../describe-error.js';
import { version } from '../version.js';
import type { SpanKind as Kind, Span, TraceParents, Tracing } from './tracing.js';

const KINDS: Record<Kind, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

const propagator = new W3CTraceContextPropagator();

/**
 * Tracing by OpenTelemetry over OTLP, as the `OTEL_*` variables say.
 *
 * @param url where spans are sent; as OpenTelemetry has it if empty
 * @param parents whose `traceparent` is believed
 */
export function createOpenTelemetry(service: string, url: string, parents: TraceParents): Tracing {
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(url === '' ? {} : { url }))],
  });
  const tracer = provider.getTracer('user-segmentation', version);
  // Of all providers in the process: a context only says which span is active.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

  return {
    parents,
    run(name, { kind, parent, links = [], attributes = {} }, work) {
      const from = parent === undefined ? context.active() : contextOf(parent);
      const options = { kind: KINDS[kind], attributes, links: links.flatMap(toLink) };
      return tracer.startActiveSpan(name, options, from, async (span) => {
        try {
          return await work(toSpan(span));
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

function toSpan(span: OtelSpan): Span {
  return {
    traceparent: traceparentOf(trace.setSpan(ROOT_CONTEXT, span)),
    set: (attributes) => span.setAttributes(attributes),
  };
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
