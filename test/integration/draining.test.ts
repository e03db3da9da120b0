import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

/** A header that has another listener answer. */
const WAYS = {
  'the fast path': {},
  'the lean listener': { TE: 'trailers' },
};

describe('A connection that waits for its answer while the service stops', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  /** Whether a request waits in Redis, which takes no writes for now. */
  async function isHeld(): Promise<boolean> {
    return !/^blocked_clients:0\r$/m.test(await redis.client.info('clients'));
  }

  /** Resolves once a port accepts no more connections. */
  async function refuses(port: number): Promise<void> {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const isRefused = await once(socket, 'connect').then(
        () => false,
        () => true,
      );
      socket.destroy();
      if (isRefused) return;
    }
  }

  for (const [way, headers] of Object.entries(WAYS)) {
    it(`is told that the answer is the last one, and is ended behind it, by ${way}`, async () => {
      const es = await startEs(esConfig(redis.url));
      await es.ready;
      const connection = await openRaw(es.httpPort);
      await redis.client.client('PAUSE', 60_000, 'WRITE');
      const body = '{"segment":"s","user_id":"u"}';
      const type = { 'Content-Type': 'application/json' };
      connection.send(rawRequest('POST /segment', { ...type, ...headers }, body));
      await until(isHeld);

      const closed = es.close();
      await refuses(es.httpPort);
      await redis.client.client('UNPAUSE');
      const answer = await connection.receive();
      expect(answer).to.match(/^HTTP\/1\.1 202 /);
      expect(answer).to.match(/\r\nconnection: close\r\n/i);
      await connection.ended;
      await closed;
      connection.close();
    });
  }
});
