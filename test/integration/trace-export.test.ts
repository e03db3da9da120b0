import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { pino } from 'pino';
import { version } from '../../src/process/version.js';
import { startTracing } from '../../src/telemetry/tracing/start.js';
import { loadUssConfig } from '../../src/uss/config.js';

interface Received {
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;

describe('The export of traces', () => {
  const environment = process.env;
  let server: Server;
  let port: number;
  let received: Received[];
  let status: number;
  let lines: Record<string, unknown>[];

  beforeEach(async () => {
    received = [];
    lines = [];
    status = 200;
    server = createServer(async ({ url, headers }, response) => {
      const parts: Buffer[] = [];
      for await (const part of response.req) parts.push(part);
      const bytes = Buffer.concat(parts);
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      received.push({ url, headers, body: body.toString('latin1') });
      response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    process.env = environment;
    server.close();
    server.closeAllConnections();
  });

  const logger = () => pino({}, { write: (line) => void lines.push(JSON.parse(line)) });

  /** Makes some spans as the environment says, and waits until they have left. */
  async function trace(env: Record<string, string>, spans = 1): Promise<void> {
    const endpoint = `http://127.0.0.1:${port}`;
    process.env = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env };
    const tracing = await startTracing('uss', loadUssConfig().tracing, logger());
    const work = tracing.traced(
      () => ({ name: 'a span', kind: 'internal' }),
      async () => {},
    );
    for (let span = 0; span < spans; span += 1) await work();
    await tracing.close();
  }

  for (const [env, type] of [
    [{}, 'application/x-protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'application/x-protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'application/json'],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, 'application/json'],
  ] as const) {
    it(`is ${type} with ${JSON.stringify(env)}, and says who it is of`, async () => {
      await trace(env);
      const [{ url, headers, body } = { headers: {}, body: '' }] = received;
      expect(url).to.equal('/v1/traces');
      expect(headers['content-type']).to.equal(type);
      for (const key of ['service.name', 'service.version', 'service.instance.id', 'a span'])
        expect(body).to.contain(key);
      expect(body).to.contain('uss').and.to.contain(version).and.to.match(UUID);
    });
  }

  for (const [variable, value, found] of [
    ['OTEL_SERVICE_NAME', 'front-door', 'front-door'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team=blue%2Cred', 'blue,red'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.instance.id=replica-7', 'replica-7'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Basic%20YTpi', '"authorization":"Basic YTpi"'],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'x-scope=a', '"x-scope":"a"'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', '"content-encoding":"gzip"'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', '', '/v1/traces'],
  ] as const) {
    it(`heeds ${variable}=${value}`, async () => {
      await trace({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', [variable]: value });
      expect(received).to.have.length(1);
      const [{ url, headers, body } = { headers: {}, body: '' }] = received;
      expect(`${url} ${JSON.stringify(headers)} ${body}`).to.contain(found);
    });
  }

  it('is of no span where OTEL_TRACES_SAMPLER says so', async () => {
    await trace({ OTEL_TRACES_SAMPLER: 'always_off' });
    await trace({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    expect(received).to.deep.equal([]);
  });

  for (const env of [
    { OTEL_TRACES_SAMPLER: 'sometimes' },
    { OTEL_TRACES_SAMPLER: 'traceidratio' },
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' },
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' },
    { OTEL_EXPORTER_OTLP_TIMEOUT: '10s' },
    { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '-1' },
    { OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
    { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' },
    { OTEL_BSP_SCHEDULE_DELAY: '5s' },
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many' },
  ]) {
    it(`does not start with ${JSON.stringify(env)}, and says so in one line`, async () => {
      const error = await trace(env as Record<string, string>).then(
        () => new Error('it started'),
        (thrown) => thrown as Error,
      );
      expect(error.message)
        .to.match(/^bad configuration of OpenTelemetry: [^\n]+$/)
        .and.not.match(/default/);
    });
  }

  it('says at once how many spans are lost and why, and of those that follow, at the end', async () => {
    for (status of [404, 401, 400]) {
      await trace({ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' }, 3);
      const losses = lines.splice(0);
      expect(losses[0]).to.include({ level: 40, spans: 1 });
      expect(losses[0]?.reason).to.match(new RegExp(`^${status} `));
      expect(losses[0]?.msg).to.contain(`127.0.0.1:${port}`);
      expect(losses.reduce((sum, { spans }) => sum + Number(spans), 0)).to.equal(3);
      expect(losses).to.have.length(2);
    }
  });

  it('says why spans are lost that nobody takes', async () => {
    server.close();
    await trace({ OTEL_EXPORTER_OTLP_TIMEOUT: '100' }, 2);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 40, spans: 2 });
    expect(lines[0]?.reason).to.contain('ECONNREFUSED');
  });

  it('says that more spans were made than can wait', async () => {
    const queue = { OTEL_BSP_MAX_QUEUE_SIZE: '2', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' };
    await trace({ ...queue, OTEL_TRACES_SAMPLER: 'always_on' }, 20);
    const lost = lines.reduce((sum, { spans }) => sum + Number(spans), 0);
    const sent = received.length;
    expect(lost + sent).to.equal(20);
  });

  for (const [variable, url, warning] of [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4317', /that of HTTP is 4318/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c:4318/v1/traces', /c:4318\/v1\/traces\/v1\/traces: /],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c:4318/v1/traces/', /without \/v1\/traces, which is/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://c:4318', /c:4318\/: .* the whole URL/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c:4318/otlp', /^$/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://c/v1/traces', /^$/],
  ] as const) {
    it(`warns where ${variable} looks like a mistake: ${url}`, async () => {
      await trace({ [variable]: url }, 0);
      expect(lines.map(({ msg }) => msg).join()).to.match(warning);
    });
  }
});
