import { expect } from 'chai';
import { esRemarks, loadEsConfig } from '../../src/es/config.js';
import { loadUssConfig, ussRemarks } from '../../src/uss/config.js';

const SCHEME = 'must be a URL that begins with http:// or https://, such as http://collector:4318';
const OVER_HTTP = 'must be http/protobuf or http/json';

/** What cannot be done, and what is said of it. */
const REFUSED: [variable: string, value: string, complaint: string][] = [
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', SCHEME],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector', SCHEME],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', '//collector:4318', SCHEME],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://', SCHEME],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector:4317', SCHEME],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://collector:port', SCHEME],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', OVER_HTTP],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http', OVER_HTTP],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', OVER_HTTP],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization', 'must be key=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b,authorization: Bearer c', 'must be key=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b;c', 'must be key=value'],
  ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'a=%E0%A4', 'must be key=value'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team', 'must be key=value'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team=a,=b', 'must be key=value'],
  ['OTEL_PROPAGATORS', 'b3', 'must be tracecontext'],
  ['OTEL_PROPAGATORS', 'tracecontext,jaeger', 'must be tracecontext'],
  ['OTEL_PROPAGATORS', 'none', 'must be tracecontext'],
  ['OTEL_TRACES_EXPORTER', 'console', 'must be otlp or none'],
  ['OTEL_TRACES_EXPORTER', 'zipkin', 'must be otlp or none'],
  ['OTEL_TRACES_EXPORTER', 'otlp,console', 'must be otlp or none'],
  ['OTEL_SDK_DISABLED', 'nein', 'must be one of true, 1, yes, on, false, 0, no, off'],
];

const TAKEN: [variable: string, value: string][] = [
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://collector'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://[::1]:4318/base/'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Basic%20YTpi,x-scope=a=='],
  ['OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,team=a%2Cb'],
  ['OTEL_PROPAGATORS', 'tracecontext,baggage'],
  ['OTEL_TRACES_EXPORTER', 'none'],
  ['OTEL_SDK_DISABLED', 'TRUE'],
];

describe('The OTEL_* variables', () => {
  const environment = process.env;
  afterEach(() => {
    process.env = environment;
  });

  for (const [variable, value, complaint] of REFUSED) {
    it(`refuse ${variable}=${value} in one line`, () => {
      process.env = { ...environment, [variable]: value };
      for (const load of [loadEsConfig, loadUssConfig])
        expect(() => load()).to.throw(
          new RegExp(`^[^\n]*${variable} [^\n]*${complaint.replaceAll('.', '\\.')}[^\n]*$`),
        );
    });
  }

  it('say nothing of a header, which may be a secret', () => {
    process.env = { ...environment, OTEL_EXPORTER_OTLP_HEADERS: 'authorization: secret' };
    expect(() => loadUssConfig()).to.throw(/^(?![\s\S]*secret)/);
  });

  for (const [variable, value] of TAKEN) {
    it(`take ${variable}=${value}`, () => {
      process.env = { ...environment, [variable]: value };
      for (const load of [loadEsConfig, loadUssConfig]) load();
    });
  }

  for (const [sampler, warned] of [
    ['', 'not set'],
    ['always_on', 'always_on'],
    ['parentbased_always_on', 'parentbased_always_on'],
    ['traceidratio', undefined],
    ['parentbased_traceidratio', undefined],
  ] as const) {
    it(`may have a share of traces, which ${warned ? 'does nothing' : 'holds'} with the sampler ${sampler}`, () => {
      const variables = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.1' };
      process.env = { ...environment, ...variables };
      const remarks = [...esRemarks(loadEsConfig()), ...ussRemarks(loadUssConfig())];
      const text = `OTEL_TRACES_SAMPLER_ARG has no effect while OTEL_TRACES_SAMPLER is ${warned}`;
      expect(remarks.map((remark) => remark.text.startsWith(text))).to.deep.equal(
        warned ? [true, true] : [],
      );
    });
  }
});
