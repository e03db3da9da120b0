import convict from 'convict';
import { choice, listOf, switchKey, text } from '../../config/config.js';
import { parsePairs } from './key-value-list.js';
import { TRACE_PARENTS, type TraceParents } from './tracing.js';

export interface TracingConfig {
  parents: TraceParents;
  /** otlp or none. If empty, traces are sent if an endpoint is set. */
  exporter: string;
  /** The base URL to which spans are sent, and the complete URL for traces, which takes precedence. */
  endpoint: string;
  tracesEndpoint: string;
  /** http/protobuf (also if empty) or http/json. The setting for traces takes precedence. */
  protocol: string;
  tracesProtocol: string;
  /** Lists of `key=value`. The list for traces takes precedence. */
  headers: string;
  tracesHeaders: string;
  serviceName: string;
  resourceAttributes: string;
  disabled: boolean;
}

/** Adds a format of texts; an empty text is always valid. */
function addFormat(name: string, isRight: (value: string) => boolean, complaint: string): void {
  convict.addFormat({
    name,
    validate: (value: unknown) => {
      if (typeof value !== 'string' || (value !== '' && !isRight(value)))
        throw new Error(complaint);
    },
  });
}

addFormat(
  'traces-exporter',
  (value) => ['otlp', 'none'].includes(value),
  'must be otlp or none; a collector sends on to whatever else takes traces',
);
addFormat(
  'otlp-url',
  (value) => /^https?:\/\/[^\s/]/.test(value) && URL.canParse(value),
  'must be a URL that begins with http:// or https://, such as http://collector:4318',
);
addFormat(
  'otlp-protocol',
  (value) => ['http/protobuf', 'http/json'].includes(value),
  'must be http/protobuf or http/json, with an endpoint that takes OTLP over HTTP, as a rule at port 4318; traces are not sent over gRPC',
);
addFormat(
  'propagators',
  (value) => listOf(value).every((name) => ['tracecontext', 'baggage'].includes(name)),
  'must be tracecontext, or tracecontext,baggage; no other header is understood, and baggage goes no further',
);
addFormat(
  'pairs',
  (value) => parsePairs(value) !== undefined,
  'must be key=value,key=value; a comma, a semicolon or a % in a value is written %2C, %3B or %25',
);
/** The settings of tracing. OpenTelemetry itself checks the other variables that it reads. */
export function tracingSchema(prefix: string) {
  return {
    parents: choice(
      'Whose traceparent a request goes on in: known, of clients that have shown a credential; all; none. Others begin a trace of their own.',
      `${prefix}_TRACING_PARENTS`,
      'known',
      TRACE_PARENTS,
    ),
    exporter: text(
      'otlp sends traces, none does not; unset, they are sent where an endpoint is set.',
      'OTEL_TRACES_EXPORTER',
      '',
      'traces-exporter',
    ),
    endpoint: text(
      'Where traces are sent over OTLP: the base URL of a collector.',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      '',
      'otlp-url',
    ),
    tracesEndpoint: text(
      'The whole URL for traces, where it is not that of the endpoint with /v1/traces.',
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      '',
      'otlp-url',
    ),
    protocol: text(
      'How traces are sent: http/protobuf, as if unset, or http/json.',
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      '',
      'otlp-protocol',
    ),
    tracesProtocol: text(
      'The same, of traces only.',
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
      '',
      'otlp-protocol',
    ),
    headers: {
      ...text('Headers sent with traces: key=value,….', 'OTEL_EXPORTER_OTLP_HEADERS', '', 'pairs'),
      sensitive: true,
    },
    tracesHeaders: {
      ...text('More of them.', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', '', 'pairs'),
      sensitive: true,
    },
    propagators: text(
      'What headers say where a request belongs: tracecontext; baggage may be named beside it.',
      'OTEL_PROPAGATORS',
      '',
      'propagators',
    ),
    serviceName: text('What traces call this service.', 'OTEL_SERVICE_NAME', '', 'optional-text'),
    resourceAttributes: text(
      'What traces tell of this service: key=value,….',
      'OTEL_RESOURCE_ATTRIBUTES',
      '',
      'pairs',
    ),
    disabled: switchKey('true turns tracing off whatever else is set.', 'OTEL_SDK_DISABLED'),
  };
}
