import { expect } from 'chai';
import { countOf, send, untilReady } from './http.js';
import { type Running, startNode } from './process.js';
import { openRaw } from './raw.js';
import { startRedis, type TestRedis } from './system.js';

export const MEBIBYTE = 1024 * 1024;

/** An ES in a process of its own; there once tests run. */
export interface AttackedEs {
  /** The base URL and the port of its REST. */
  base: string;
  port: number;
  /**
   * All that is answered to some bytes until the service ends the connection.
   *
   * @param stayOpen whether the client keeps its side open
   */
  answerTo(bytes: string, stayOpen?: boolean): Promise<string>;
}

/**
 * Has tests attack one ES. It has a segment `canary` with one user, and nobody may get a user into `smuggled`. After each test,
 * it is the same process, serves on, counts right and has not grown.
 */
export function describeAttacked(title: string, tests: (attacked: AttackedEs) => void): void {
  describe(title, () => {
    let redis: TestRedis;
    let es: Running;
    let residentBefore = 0;
    const attacked: AttackedEs = {
      base: '',
      port: 0,
      async answerTo(bytes, stayOpen = false) {
        const connection = await openRaw(attacked.port);
        let text = '';
        connection.socket.on('data', (part) => {
          text += part;
        });
        connection.send(bytes);
        if (!stayOpen) connection.socket.end();
        await connection.ended;
        connection.close();
        return text;
      },
    };
    const resident = async () => {
      const { text } = await send(attacked.base, '/metrics');
      return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
    };

    before(async () => {
      redis = await startRedis();
      es = startNode('dist/es/main.js', {
        ES_REDIS_URL: redis.url,
        ES_GRPC_PORT: '0',
        ES_HTTP_PORT: '0',
        ES_HTTP_HEADERS_TIMEOUT_MS: '500',
        ES_HTTP_IDLE_TIMEOUT_MS: '3000',
      });
      attacked.port = Number((await es.printed(/REST on [^"]*?:(\d+)/))[1]);
      attacked.base = `http://127.0.0.1:${attacked.port}`;
      await untilReady(attacked.base);
      await send(attacked.base, '/segment', { body: { segment: 'canary', user_id: 'u' } });
      residentBefore = await resident();
    });
    after(async () => {
      await es.kill();
      await redis.close();
    });
    afterEach(async () => {
      expect(es.child.exitCode).to.equal(null);
      expect(await countOf(attacked.base, 'canary')).to.equal(1);
      expect(await countOf(attacked.base, 'smuggled')).to.equal(0);
      expect((await resident()) - residentBefore).to.be.lessThan(200 * MEBIBYTE);
    });

    tests(attacked);
  });
}

/** The statuses of the answers in a text. */
export function statusesIn(text: string): (string | undefined)[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => status);
}
