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

/** A processor that sends spans in batches, and tells of those that it could not send. */
export function createSpanProcessor(exporter: SpanExporter, losses: LossLog): SpanProcessor {
  const processor = new BatchSpanProcessor({
    export(spans, done) {
      losses.leave(spans.length);
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) losses.lost(spans.length, reasonOf(result));
        // That is told now, and the processor would only throw it.
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

/** What it would do with a wrong value, and does not, as nothing starts. */
const FALLBACK = /(?:defaulting to|using defaults|falling back to)/;

function withoutFallback(complaint: string): string {
  const at = complaint.search(FALLBACK);
  return at < 0 ? complaint : complaint.slice(0, at).trim().replace(/[,.]$/, '');
}

const DROPPED = /^Dropped (\d+) spans/;

/**
 * Hears what OpenTelemetry says by itself, to nobody unless somebody listens. While something is built that is what is
 * wrong with its variables.
 *
 * @throws StartError that says so
 */
export function listenToOpenTelemetry<T>(build: () => T, logger: Logger, losses: LossLog): T {
  const complaints: string[] = [];
  let hear = (text: string) => void complaints.push(withoutFallback(text));
  const tell = (...parts: unknown[]) => hear(parts.map(String).join(' '));
  const ignore = () => {};
  const sink: DiagLogger = {
    error: tell,
    warn: tell,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(sink, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const built = build();
  if (complaints.length > 0)
    throw new StartError(`bad configuration of OpenTelemetry: ${complaints.join('; ')}`);
  hear = (text) => {
    const [, dropped] = DROPPED.exec(text) ?? [];
    if (dropped === undefined) logger.warn(`OpenTelemetry: ${text}`);
    else losses.dropped(Number(dropped));
  };
  return built;
}
