import { expect } from 'chai';
import { warnOfRedis } from '../../src/es/redis/health/warnings.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

describe('What ES says of how Redis is set up', () => {
  it('is that nothing but its own memory protects what a partition would lose', async () => {
    const server = await startRedisServer();
    const replica = await startRedisServer({ replicaof: `127.0.0.1 ${server.port}` });
    await until(async () => /connected_slaves:1/.test(await server.client.info('replication')));
    const warned = async (mode: string, waitReplicas: number) => {
      const lines: string[] = [];
      const logger = createLogger('es', { level: 'silent', format: 'json' });
      Object.assign(logger, { warn: (line: string) => lines.push(line) });
      await warnOfRedis(server.client, { mode, waitReplicas }, logger);
      return lines.some((line) => /ES_REDIS_WAIT_REPLICAS/.test(line));
    };
    expect(await warned('single', 0)).to.equal(true);
    expect(await warned('sentinel', 1)).to.equal(false);
    await server.client.config('SET', 'min-replicas-to-write', '1');
    expect(await warned('sentinel', 0)).to.equal(false);
    await server.client.config('SET', 'min-replicas-to-write', '0');
    await replica.close();
    await until(async () => /connected_slaves:0/.test(await server.client.info('replication')));
    expect(await warned('single', 0)).to.equal(false);
    expect(await warned('cluster', 0)).to.equal(true);
    await server.close();
  });
});
