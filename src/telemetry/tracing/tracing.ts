/** The role of a span in a call, with the names of OpenTelemetry. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Attributes of a span. */
export type Attributes = Record<string, string | number>;

/** The data of a span when it begins. */
export interface SpanOptions {
  name: string;
  kind: SpanKind;
  /** The `traceparent` of the parent span (W3C Trace Context). @default the active span */
  parent?: string | undefined;
  /** The `traceparent`s of other spans for which it was made. */
  links?: readonly string[];
  attributes?: Attributes;
}

/** The clients whose `traceparent` is trusted: clients with a credential, all clients, or no client. */
export const TRACE_PARENTS = ['known', 'all', 'none'] as const;

export type TraceParents = (typeof TRACE_PARENTS)[number];

/** Measures the duration of work, and shows which request it belongs to. */
export interface Tracing {
  /** Whether spans are made. */
  readonly isOn: boolean;
  readonly parents: TraceParents;
  /**
   * Wraps a function: each call becomes a span, which ends when the promise settles. Spans that the call starts become its
   * children. If tracing is off, the function itself is returned, so that it costs nothing.
   *
   * @param describe the span of a call, by its arguments
   * @param attributesOf the attributes that an outcome adds to the span. By default there are none
   */
  traced<Args extends unknown[], Outcome>(
    describe: NoInfer<(...args: Args) => SpanOptions>,
    work: (...args: Args) => Promise<Outcome>,
    attributesOf?: (outcome: Outcome) => Attributes,
  ): (...args: Args) => Promise<Outcome>;
  /** The `traceparent` of the active span; undefined if there is none. */
  active(): string | undefined;
  /** Sends the spans that are not sent yet. */
  close(): Promise<void>;
}

/** The tracing that is used if none is configured. */
export const NO_TRACING: Tracing = {
  isOn: false,
  parents: 'none',
  traced: (_describe, work) => work,
  active: () => undefined,
  close: () => Promise.resolve(),
};

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** The trace id of a `traceparent`; undefined if it is malformed. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/**
 * Finds the trace for the span of a request that has a `traceparent`: that trace, if its client is trusted. Otherwise the
 * span begins a new trace, sampled as configured and linked to the other one. If all clients were trusted, a client could
 * have all its requests traced by the flag in its `traceparent`.
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
