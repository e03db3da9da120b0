import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: unknown }[];
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('Traces', function () {
  this.timeout(60_000);
  const spans: ReceivedSpan[] = [];
  // A receiver of OTLP over HTTP, as far as JSON goes.
  const receiver = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString());
    for (const { resource, scopeSpans } of resourceSpans) {
      const { value } = resource.attributes.find(
        ({ key }: { key: string }) => key === 'service.name',
      );
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.push({ ...span, service: value.stringValue });
      }
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  let redis: TestRedis;
  let es: Running;
  let uss: Running;
  let base: string;

  before(async () => {
    redis = await startRedis();
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const otel = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
    es = startNode('dist/es/main.js', {
      ...otel,
      ES_REDIS_URL: redis.url,
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
    });
    const [, grpc] = await es.printed(/gRPC on [^"]*?:(\d+)/);
    uss = startNode('dist/uss/main.js', {
      ...otel,
      USS_ES_ADDRESS: `ipv4:127.0.0.1:${grpc}`,
      USS_HTTP_PORT: '0',
      USS_LOG_LEVEL: 'debug',
      USS_LOG_ACCESS_SAMPLE: '1',
    });
    base = `http://127.0.0.1:${(await uss.printed(/REST on [^"]*?:(\d+)/))[1]}`;
    await untilReady(base);
  });
  after(async () => {
    await uss.kill();
    await es.kill();
    receiver.close();
    receiver.closeAllConnections();
    await redis.close();
  });

  /** The names of the spans from one back to the first that was received. */
  function wayTo(last: ReceivedSpan): string[] {
    const parent = spans.find(({ spanId }) => spanId === last.parentSpanId);
    return [...(parent === undefined ? [] : wayTo(parent)), `${last.service}: ${last.name}`];
  }

  for (const [what, sent, way] of [
    [
      'a membership from its request to the write in Redis',
      { body: { segment: 'secret-sport', user_id: 'secret-u1' } },
      [
        'uss: POST /segment',
        'uss: store group',
        'uss: segment.v1.EstimationService/StoreStream',
        'es: StoreStream',
        'es: store redis',
      ],
    ],
    [
      'a count from its request to Redis',
      {},
      [
        'uss: GET /segment/:segment',
        'uss: count group',
        'uss: segment.v1.EstimationService/CountBatch',
        'es: CountBatch',
        'es: count redis',
      ],
    ],
  ] as const) {
    it(`show ${what}`, async () => {
      const path = 'body' in sent ? '/segment' : '/segment/secret-sport';
      await send(base, path, { ...sent, headers: { traceparent: TRACEPARENT } });
      const last = () =>
        spans.find(
          ({ traceId, service, name }) => traceId === TRACE && way.at(-1) === `${service}: ${name}`,
        );
      await until(async () => {
        const span = last();
        return span !== undefined && wayTo(span).length === way.length;
      });
      expect(wayTo(last() as ReceivedSpan)).to.deep.equal(way);
    });
  }

  it('tell no segment and no user', () => {
    expect(spans).to.have.length.above(5);
    expect(JSON.stringify(spans)).not.to.contain('secret');
  });

  it('are named in the log, beside the request', async () => {
    const headers = { traceparent: TRACEPARENT, 'x-request-id': 'r-1' };
    await send(base, '/segment', { body: { segment: 'secret', user_id: '' }, headers });
    const [line] = await uss.printed(/^.*"request refused".*$/m);
    expect(JSON.parse(line)).to.include({
      what: 'POST /segment',
      requestId: 'r-1',
      traceId: TRACE,
      status: 400,
    });
    await uss.printed(/"status":202,.*"request answered"/);
    expect(uss.output()).not.to.contain('secret');
  });
});
