/** What part a span has in a call, as OpenTelemetry names it. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export interface SpanOptions {
  kind: SpanKind;
  /** `traceparent` of the span this one belongs to (W3C Trace Context); the one that is active unless given. */
  parent?: string | undefined;
  /** `traceparent`s of others that it was made for. */
  links?: readonly string[];
  attributes?: Record<string, string | number>;
}

/** A span that is being measured. */
export interface Span {
  /** Its place in the trace, to be passed on. */
  traceparent: string;
  set(attributes: Record<string, string | number>): void;
}

/** Whose `traceparent` says where a request belongs and whether it is sampled: of whom is known by a credential, all, none. */
export const TRACE_PARENTS = ['known', 'all', 'none'] as const;

export type TraceParents = (typeof TRACE_PARENTS)[number];

/** Notes what takes how long, and for whom. There is none where tracing is off, and nothing to pay. */
export interface Tracing {
  parents: TraceParents;
  /** Runs something as a span, which ends when it settles. What it starts belongs to it. */
  run<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** `traceparent` of the span that is active. */
  active(): string | undefined;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** The trace of a `traceparent`; undefined unless it is well formed. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/**
 * Where a request belongs that brings a `traceparent`: in that trace where its client is believed. Otherwise it begins a
 * trace of its own, sampled as configured and linked to the other, for whoever sends a flag could have all of his
 * requests traced.
 *
 * @param isKnown whether its client has shown a credential
 */
export function placeOf(
  { parents }: Tracing,
  traceparent: string | undefined,
  isKnown: boolean,
): Pick<SpanOptions, 'parent' | 'links'> {
  if (parents === 'all' || (parents === 'known' && isKnown)) return { parent: traceparent };
  return traceparent === undefined ? {} : { links: [traceparent] };
}
