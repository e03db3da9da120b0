import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { credentials, Metadata } from '@grpc/grpc-js';
import { expect } from 'chai';
import { EstimationServiceClient } from '../../src/generated/segment.js';
import { makeApiKey } from '../support/api-key.js';
import { send, untilReady } from '../support/http.js';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

const { key, entry } = makeApiKey('reader', 'segments:read', 'segments:write');
const AUTH = { ES_AUTH_MODE: 'api-key', ES_AUTH_API_KEYS: JSON.stringify([entry]) };
const RIGHT = `Bearer ${key}`;
const WRONG = `Bearer ${makeApiKey('nobody').key}`;

/** What is configured, and of which credentials a traceparent is believed. */
const CONFIGURATIONS: Record<string, { env: Record<string, string>; believed: string[] }> = {
  'with authentication': { env: AUTH, believed: [RIGHT] },
  'without authentication': { env: {}, believed: [] },
  'where all are believed': {
    env: { ...AUTH, ES_TRACING_PARENTS: 'all' },
    believed: [RIGHT, WRONG, ''],
  },
  'where nobody is believed': { env: { ...AUTH, ES_TRACING_PARENTS: 'none' }, believed: [] },
};

for (const [what, { env, believed }] of Object.entries(CONFIGURATIONS)) {
  describe(`The traceparent of a request, ${what}`, () => {
    let receiver: OtlpReceiver;
    let redis: TestRedis;
    let es: Running;
    let base: string;
    let client: EstimationServiceClient;
    before(async () => {
      redis = await startRedis();
      receiver = await startOtlpReceiver();
      es = startNode('dist/es/main.js', {
        ...receiver.env,
        ...env,
        ES_REDIS_URL: redis.url,
        ES_HTTP_PORT: '0',
        ES_GRPC_PORT: '0',
      });
      const [, http, grpc] = await es.printed(/REST on [^"]*?:(\d+), gRPC on [^"]*?:(\d+)/);
      base = `http://127.0.0.1:${http}`;
      client = new EstimationServiceClient(`127.0.0.1:${grpc}`, credentials.createInsecure());
      await untilReady(base);
    });
    after(async () => {
      client.close();
      await es.kill();
      receiver.close();
      await redis.close();
    });

    const metadataOf = (headers: Record<string, string>) => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      return metadata;
    };
    const ASKS: Record<string, (headers: Record<string, string>) => Promise<unknown>> = {
      'GET /segment/:segment': (headers) => send(base, '/segment/a', { headers }),
      Count: (headers) =>
        new Promise((resolve) => {
          const request = { segment: 'a', days: undefined };
          client.count(request, metadataOf(headers), resolve);
        }),
      StoreStream: async ({ traceparent, ...headers }) => {
        const stream = client.storeStream(metadataOf(headers));
        const memberships = [{ segment: 'a', userId: 'u', occurredAt: undefined }];
        stream.write({ sequence: 1, batch: { memberships, packed: undefined, traceparent } });
        stream.on('error', () => {});
        await Promise.race([once(stream, 'data'), once(stream, 'status')]);
        stream.end();
      },
    };

    for (const [name, ask] of Object.entries(ASKS)) {
      for (const [who, authorization] of Object.entries({ known: RIGHT, wrong: WRONG, none: '' })) {
        // What is refused never gets as far as its span over gRPC.
        if (name[0] !== 'G' && 'ES_AUTH_MODE' in env && who !== 'known') continue;
        const isBelieved = believed.includes(authorization);
        it(`is ${isBelieved ? '' : 'not '}its parent: ${name}, credential: ${who}`, async () => {
          const trace = randomBytes(16).toString('hex');
          await ask({
            traceparent: `00-${trace}-00f067aa0ba902b7-01`,
            ...(authorization !== '' && { authorization }),
          });
          const found = () =>
            receiver.spans.find(
              ({ name: own, traceId, links = [] }) =>
                own === name && [traceId, ...links.map((link) => link.traceId)].includes(trace),
            );
          await until(async () => found() !== undefined);
          expect(found()?.traceId === trace, 'in the trace').to.equal(isBelieved);
          expect((found()?.parentSpanId ?? '') !== '', 'has a parent').to.equal(isBelieved);
        });
      }
    }
  });
}
