import type { Metadata } from '@grpc/grpc-js';
import { ANYONE } from '../../auth/guard.js';
import type { RequestContext } from '../../telemetry/request-log.js';
import {
  placeOf,
  type SpanOptions,
  type Tracing,
  traceIdOf,
} from '../../telemetry/tracing/tracing.js';
import { callerOf } from './callers.js';

/** The `traceparent` of a call (W3C Trace Context); undefined if it is missing or malformed. */
export function traceparentOf(metadata: Metadata): string | undefined {
  const [value] = metadata.get('traceparent');
  return traceIdOf(value) === undefined ? undefined : (value as string);
}

/** @param path of the method, with or without its service */
export function requestContextOf(path: string, metadata: Metadata): RequestContext {
  return {
    what: path.slice(path.lastIndexOf('/') + 1),
    traceId: traceIdOf(traceparentOf(metadata)),
  };
}

/**
 * The span of a call.
 *
 * @param name of its method
 * @param traceparent that came with it
 */
export function spanOf(
  name: string,
  tracing: Tracing,
  metadata: Metadata,
  traceparent: string | undefined,
): SpanOptions {
  const isKnown = (callerOf(metadata)?.identity ?? ANYONE) !== ANYONE;
  return { name, kind: 'server', ...placeOf(tracing, traceparent, isKnown) };
}
