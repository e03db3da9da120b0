import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import { ANYONE } from '../../auth/guard.js';
import type { RequestContext } from '../../telemetry/request-log.js';
import {
  placeOf,
  type SpanOptions,
  type Tracing,
  traceIdOf,
} from '../../telemetry/tracing/tracing.js';

/** A `traceparent` (W3C Trace Context) as it came; undefined if it is missing or malformed. */
export function checkedTraceparent(value: unknown): string | undefined {
  return traceIdOf(value) === undefined ? undefined : (value as string);
}

/** The `traceparent` of a call; undefined if it is missing or malformed. */
export function traceparentOf(metadata: Metadata): string | undefined {
  return checkedTraceparent(metadata.get('traceparent')[0]);
}

/**
 * @param path of the method, with or without its service
 * @param traceparent that came with the call
 */
export function requestContextOf(path: string, traceparent: string | undefined): RequestContext {
  return {
    what: path.slice(path.lastIndexOf('/') + 1),
    traceId: traceIdOf(traceparent),
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
  caller: Caller | undefined,
  traceparent: string | undefined,
): SpanOptions {
  const isKnown = (caller?.identity ?? ANYONE) !== ANYONE;
  return { name, kind: 'server', ...placeOf(tracing, traceparent, isKnown) };
}
