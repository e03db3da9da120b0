import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { send, untilReady } from '../support/http.js';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '../support/otlp-receiver.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

/** The spans of a membership between USS and the write, by how it travels. */
const STORE_SPANS = {
  grpc: ['uss: segment.v1.EstimationService/StoreStream', 'es: StoreStream'],
  rabbitmq: ['uss: publish traced', 'es: process traced'],
};

for (const transport of ['grpc', 'rabbitmq'] as const) {
  describe(`Traces over ${transport}`, () => {
    let receiver: OtlpReceiver;
    let redis: TestRedis;
    let broker: RabbitmqServer | undefined;
    let es: Running;
    let uss: Running;
    let base: string;

    before(async () => {
      redis = await startRedis();
      receiver = await startOtlpReceiver();
      if (transport === 'rabbitmq') broker = await startRabbitmqServer();
      const rabbitmqOf = (service: string) =>
        broker && {
          [`${service}_RABBITMQ_URL`]: broker.url,
          [`${service}_RABBITMQ_QUEUE`]: 'traced',
        };
      es = startNode('dist/es/main.js', {
        ...receiver.env,
        ...rabbitmqOf('ES'),
        ES_REDIS_URL: redis.url,
        ES_HTTP_PORT: '0',
        ES_GRPC_PORT: '0',
        ES_TRACING_PARENTS: 'all',
      });
      const [, grpc] = await es.printed(/gRPC on [^"]*?:(\d+)/);
      uss = startNode('dist/uss/main.js', {
        ...receiver.env,
        ...rabbitmqOf('USS'),
        USS_TRANSPORT: transport,
        USS_ES_ADDRESS: `ipv4:127.0.0.1:${grpc}`,
        USS_HTTP_PORT: '0',
        USS_TRACING_PARENTS: 'all',
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
      await broker?.close();
      await redis.close();
    });

    /** The names of the spans from one back to the first that was received. */
    function wayTo(last: ReceivedSpan): string[] {
      const parent = receiver.spans.find(({ spanId }) => spanId === last.parentSpanId);
      return [...(parent === undefined ? [] : wayTo(parent)), `${last.service}: ${last.name}`];
    }

    for (const [what, sent, way] of [
      [
        'a membership from its request to the write in Redis',
        { body: { segment: 'secret-sport', user_id: 'secret-u1' } },
        [
          'uss: POST /segment',
          'uss: store group',
          ...STORE_SPANS[transport],
          'es: store group',
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
          receiver.spans.find(
            ({ traceId, service, name }) =>
              traceId === TRACE && way.at(-1) === `${service}: ${name}`,
          );
        await until(async () => {
          const span = last();
          return span !== undefined && wayTo(span).length === way.length;
        });
        expect(wayTo(last() as ReceivedSpan)).to.deep.equal(way);
      });
    }

    it('tell no segment and no user', () => {
      expect(receiver.spans).to.have.length.above(5);
      expect(JSON.stringify(receiver.spans)).not.to.contain('secret');
    });

    it('tell the version that package.json has', () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
      expect(new Set(receiver.spans.map((span) => span.version))).to.deep.equal(new Set([version]));
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
}
