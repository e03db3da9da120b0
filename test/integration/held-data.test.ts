import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { lockDirectory } from '../../scripts/lock.mjs';
import { createRedis } from '../../src/es/redis/connection/connect.js';
import { holdData } from '../../src/local/held-data.js';
import { type PrivateRedis, privateRedisUrl } from '../../src/local/private-redis.js';
import { startHeldRedis } from '../support/held-redis.js';
import { type Running, startCommand } from '../support/process.js';
import { until } from '../support/until.js';

const TWIN =
  /^another npm start or npm run dev is already working with \S+; stop it first \('lsof \S+' names it\)$/;
const LEFT_BEHIND =
  /^the Redis that another npm start left behind in \S+ does not end; stop it first \('lsof \S+' names it\)$/;

const NOW = new AbortController().signal;

describe('The data of npm start', () => {
  let top: string;
  let data: string;
  const opened: { close(): unknown }[] = [];
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'held-'));
    data = join(top, 'data');
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
    rmSync(top, { recursive: true });
  });

  /** Another process that holds the data and runs a Redis on them. */
  async function startHolder(): Promise<{ holder: Running; redisPid: number }> {
    const script = 'test/support/hold-data.ts';
    const holder = startCommand(['node', '--import', 'tsx', script, data], {});
    await holder.printed(/holds/);
    const client = new Redis(join(data, 'redis/redis.sock'));
    const redisPid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    await client.pfadd('es:{kept}', 'u1');
    client.disconnect();
    opened.push({ close: () => endRedis(redisPid) }, { close: () => holder.kill() });
    return { holder, redisPid };
  }

  /** Whether a Redis has the lock of its data. */
  function isHeld(): boolean {
    const descriptor = lockDirectory(join(data, 'redis'));
    if (descriptor !== undefined) closeSync(descriptor);
    return descriptor === undefined;
  }

  async function endRedis(pid: number): Promise<void> {
    if (isHeld()) process.kill(pid, 'SIGKILL');
    await until(async () => !isHeld());
  }

  /** Starts a Redis on the data, and resolves to why it does not start. */
  async function refusal(leftOverMs?: number): Promise<string> {
    const started = await startHeldRedis(data, leftOverMs).catch((error: Error) => error);
    if (started instanceof Error) return started.message;
    await started.close(NOW);
    return 'it has started';
  }

  async function keptCount(): Promise<number> {
    const redis = await startHeldRedis(data);
    const client = new Redis(join(data, 'redis/redis.sock'));
    const count = await client.pfcount('es:{kept}');
    client.disconnect();
    await redis.close(NOW);
    return count;
  }

  it('are held by one of many that come at once, and their Redis answers', async () => {
    for (const _round of [1, 2, 3]) {
      const starts = await Promise.allSettled(
        Array.from({ length: 20 }, () => startHeldRedis(data)),
      );
      const won = starts.filter((one) => one.status === 'fulfilled');
      for (const one of starts) {
        if (one.status === 'rejected') expect(one.reason.message).to.match(TWIN);
      }
      expect(won).to.have.length(1);
      const client = new Redis(join(data, 'redis/redis.sock'));
      await client.pfadd('es:{kept}', 'u1');
      client.disconnect();
      await (won[0] as PromiseFulfilledResult<PrivateRedis>).value.close(NOW);
    }
    expect(await keptCount()).to.equal(1);
  });

  it('are held by one that is stopped, whatever was removed', async () => {
    const { holder, redisPid } = await startHolder();
    holder.child.kill('SIGSTOP');
    process.kill(redisPid, 'SIGSTOP');
    for (const name of ['redis.sock', 'redis.log']) rmSync(join(data, 'redis', name));
    expect(await refusal()).to.match(TWIN);
  });

  it('are free when their holder was killed, and its Redis is stopped', async () => {
    const { holder } = await startHolder();
    await holder.kill();
    expect(isHeld()).to.equal(true);
    expect(await keptCount()).to.equal(1);
  });

  for (const [title, harm] of Object.entries({
    'does not answer': (pid: number) => process.kill(pid, 'SIGSTOP'),
    'cannot be reached': () => rmSync(join(data, 'redis/redis.sock')),
  })) {
    it(`are not worked with while a Redis that was left behind ${title}`, async () => {
      const { holder, redisPid } = await startHolder();
      await holder.kill();
      harm(redisPid);
      expect(await refusal(300)).to.match(LEFT_BEHIND);
      expect(isHeld()).to.equal(true);
      await endRedis(redisPid);
      expect(await keptCount()).to.equal(1);
    });
  }

  it('are free when holder and Redis were killed, whatever they have left', async () => {
    const { holder, redisPid } = await startHolder();
    await holder.kill();
    await endRedis(redisPid);
    expect(existsSync(join(data, 'redis/redis.sock'))).to.equal(true);
    for (const name of ['', 'redis', 'redis/appendonlydir']) chmodSync(join(data, name), 0o500);
    expect(await keptCount()).to.equal(1);
  });

  it('are told of in one line where they cannot be had', async () => {
    data = join(top, 'missing/data');
    expect(await refusal()).to.match(/^cannot work with \S+: ENOENT: [^\n]*$/);
    data = join(top, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'redis'), '');
    expect(await refusal()).to.match(/^\S+redis is no directory; move it away[^\n]*$/);
    const unlockable = () => {
      throw new Error(`${data} cannot be locked (flock: 3: Bad file descriptor)`);
    };
    expect(await holdData(unlockable, data).catch((error) => error.message)).to.match(
      /^cannot work with \S+: \S+ cannot be locked \(flock: 3: Bad file descriptor\)$/,
    );
  });

  it('may be anywhere: in a deep directory, and under a strange name', async () => {
    for (const name of ['a b,c%41#?é&=:@', join(...Array.from({ length: 20 }, () => 'deeper'))]) {
      const directory = join(top, name);
      mkdirSync(directory, { recursive: true });
      const usual = process.cwd();
      process.chdir(directory);
      try {
        data = join(directory, 'data');
        const started = await startHeldRedis(data);
        const config = { mode: 'single', masterName: '', sentinelPassword: '', timeoutMs: 3_000 };
        const client = createRedis({ ...config, url: privateRedisUrl(data) });
        await client.connect();
        expect(await client.ping()).to.equal('PONG');
        client.disconnect();
        await started.close(NOW);
      } finally {
        process.chdir(usual);
      }
    }
    expect(await refusal()).to.match(/^the path of \S+ is longer than that of a socket may be/);
  });
});
