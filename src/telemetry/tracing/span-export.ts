import { type DiagLogger, DiagLogLevel, diag, TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { StartError } from '../../process/lifecycle.js';
import { messageOf } from '../describe-error.js';
import type { Logger } from '../logger.js';
import type { LossLog } from './loss-log.js';

/** A processor that sends spans in batches, and reports the spans that it could not send. */
export function createSpanProcessor(exporter: SpanExporter, losses: LossLog): SpanProcessor {
  const processor = new BatchSpanProcessor({
    export(spans, done) {
      losses.leave(spans.length);
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) losses.lost(spans.length, reasonOf(result));
        // The loss is already reported; the processor would only throw the error.
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
  });
  return {
    onStart: (span, from) => processor.onStart(span, from),
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) losses.waits();
      processor.onEnd(span);
    },
    forceFlush: () => processor.forceFlush(),
    async shutdown() {
      await processor.shutdown();
      losses.close();
    },
  };
}

function reasonOf({ error }: ExportResult): string {
  const { code } = (error ?? {}) as { code?: unknown };
  const message = error === undefined ? 'no reason was given' : messageOf(error);
  return typeof code === 'number' ? `${code} ${message}` : message;
}

/** How OpenTelemetry says that it replaces a wrong value by a default. The service does not start in this case. */
const FALLBACK = /(?:defaulting to|using defaults|falling back to)/;

function withoutFallback(complaint: string): string {
  const at = complaint.search(FALLBACK);
  return at < 0 ? complaint : complaint.slice(0, at).trim().replace(/[,.]$/, '');
}

const DROPPED = /^Dropped (\d+) spans/;

/**
 * Receives the diagnostics of OpenTelemetry, which are dropped by default. Diagnostics that arrive during the build say
 * what is wrong with the variables of OpenTelemetry; later ones are logged.
 *
 * @throws StartError with the diagnostics that arrived during the build
 */
export function listenToOpenTelemetry<T>(build: () => T, logger: Logger, losses: LossLog): T {
  const complaints: string[] = [];
  let receive = (text: string) => void complaints.push(withoutFallback(text));
  const report = (...parts: unknown[]) => receive(parts.map(String).join(' '));
  const ignore = () => {};
  const sink: DiagLogger = {
    error: report,
    warn: report,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(sink, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const built = build();
  if (complaints.length > 0)
    throw new StartError(`bad configuration of OpenTelemetry: ${complaints.join('; ')}`);
  receive = (text) => {
    const [, dropped] = DROPPED.exec(text) ?? [];
    if (dropped === undefined) logger.warn(`OpenTelemetry: ${text}`);
    else losses.dropped(Number(dropped));
  };
  return built;
}
