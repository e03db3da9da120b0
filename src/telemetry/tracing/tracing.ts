/** The role of a span in a call, as OpenTelemetry names it. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Attributes of a span. */
export type Attributes = Record<string, string | number>;

/** What is known of a span when it begins. */
export interface SpanOptions {
  name: string;
  kind: SpanKind;
  /** `traceparent` of the span this one belongs to (W3C Trace Context). @default the active span */
  parent?: string | undefined;
  /** `traceparent`s of other spans that it was made for. */
  links?: readonly string[];
  attributes?: Attributes;
}

/** Whose `traceparent` is believed: that of clients with a credential, of all clients, of none. */
export const TRACE_PARENTS = ['known', 'all', 'none'] as const;

export type TraceParents = (typeof TRACE_PARENTS)[number];

/** Measures what takes how long, and for whom. */
export interface Tracing {
  /** Whether spans are made. */
  readonly isOn: boolean;
  readonly parents: TraceParents;
  /**
   * A function of which each call is a span, which ends when the promise settles. What it starts belongs to that span.
   * Where tracing is off this is the function itself, so that nothing is paid for it.
   *
   * @param describe the span of a call, by its arguments
   * @param attributesOf what an outcome adds to the span; nothing unless given
   */
  traced<Args extends unknown[], Outcome>(
    describe: NoInfer<(...args: Args) => SpanOptions>,
    work: (...args: Args) => Promise<Outcome>,
    attributesOf?: (outcome: Outcome) => Attributes,
  ): (...args: Args) => Promise<Outcome>;
  /** `traceparent` of the active span; undefined where there is none. */
  active(): string | undefined;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

/** Tracing where none is configured. */
export const NO_TRACING: Tracing = {
  isOn: false,
  parents: 'none',
  traced: (_describe, work) => work,
  active: () => undefined,
  close: () => Promise.resolve(),
};

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** The trace of a `traceparent`; undefined unless it is well formed. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/**
 * Where the span of a request belongs that brings a `traceparent`: in that trace, if its client is believed. Otherwise it
 * begins a trace of its own, sampled as configured and linked to the other: a client could have all of its requests traced
 * by the flag in its `traceparent`.
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
