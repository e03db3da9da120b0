import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { esConfig, startRedis, ussConfig } from '../support/system.js';

describe('counts that ES refuses for now', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  for (const connections of [1, 4]) {
    it(`are asked once more at most (${connections} connections)`, async () => {
      const redis = await startRedis();
      const es = await startEs(esConfig(redis.url));
      const uss = await startUss(
        ussConfig(es.grpcPort, { es: { connections, address: `dns:///127.0.0.1:${es.grpcPort}` } }),
      );
      opened.push(es, uss);
      await uss.ready;
      await redis.close();
      const refused = async () => {
        const { text } = await send(`http://127.0.0.1:${es.httpPort}`, '/metrics');
        return Number(
          /handled_total\{method="CountBatch",code="UNAVAILABLE"\} (\d+)/.exec(text)?.[1] ?? 0,
        );
      };
      const base = `http://127.0.0.1:${uss.httpPort}`;
      for (const ask of [
        () => send(base, '/segment/s'),
        () => send(base, '/counts', { body: { segments: ['s'] } }),
      ]) {
        const before = await refused();
        expect((await ask()).status).to.equal(503);
        expect((await refused()) - before).to.equal(Math.min(connections, 2));
      }
    });
  }
});
