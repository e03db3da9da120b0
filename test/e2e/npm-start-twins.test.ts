import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { type Clone, makeClone, ussUrl } from '../support/clone.js';
import { countOf, send } from '../support/http.js';
import type { Running } from '../support/process.js';

const TWINS = 12;

describe('npm start, many times at once', function () {
  this.timeout(300_000);
  let clone: Clone;
  before(() => {
    clone = makeClone();
  });
  afterEach(() => clone.killAll());
  after(() => clone.remove());

  /** Starts twins within 800 ms, each with a directory for temporary files of its own. */
  async function startTwins(): Promise<Running[]> {
    const twins: Running[] = [];
    for (let index = 0; index < TWINS; index += 1) {
      twins.push(clone.start({ TMPDIR: mkdtempSync(join(clone.directory, 'tmp-')) }));
      await delay((800 / TWINS) * Math.random());
    }
    return twins;
  }

  /** The only twin that runs, once all others have said why they do not. */
  async function survivorOf(twins: Running[]): Promise<Running> {
    const ended = new Set<Running>();
    const others = new Promise<void>((resolve) => {
      for (const twin of twins) {
        void twin.exited.then(() => ended.add(twin).size === TWINS - 1 && resolve());
      }
    });
    await others;
    const [survivor] = twins.filter((twin) => !ended.has(twin)) as [Running];
    await ussUrl(survivor);
    expect(ended.size).to.equal(TWINS - 1);
    for (const twin of ended) {
      expect((await twin.exited).code).to.equal(1);
      expect(twin.output()).to.match(
        /^(set-up: building …\n)?start: another npm start or npm run dev is already working with \S+\.data; stop it first \('lsof \S+' names it\)$/,
      );
    }
    return survivor;
  }

  it('runs once, builds once, and keeps what was stored, however the one that runs ends', async () => {
    const signals = ['SIGKILL', 'SIGINT', 'SIGKILL'] as const;
    for (const [round, signal] of signals.entries()) {
      const twins = await startTwins();
      const survivor = await survivorOf(twins);
      const builds = twins.filter((twin) => twin.output().includes('set-up: building')).length;
      expect(builds).to.equal(round === 0 ? 1 : 0);
      const base = await ussUrl(survivor);
      for (let before = 0; before < round; before += 1) {
        expect(await countOf(base, `round-${before}`), `after ${signal}`).to.equal(50);
      }
      const body = Array.from({ length: 50 }, (_, user) => ({
        segment: `round-${round}`,
        user_id: `u${user}`,
      }));
      expect((await send(base, '/segments', { body })).json.accepted).to.equal(50);
      const redis = new Redis(join(clone.directory, '.data/redis/redis.sock'));
      expect(await redis.info('persistence')).to.match(/aof_enabled:1/);
      // What two that share a file lose, they lose here.
      await redis.bgrewriteaof();
      redis.disconnect();
      survivor.child.kill(signal);
      await survivor.exited;
    }
    const last = clone.start();
    for (const round of signals.keys()) {
      expect(await countOf(await ussUrl(last), `round-${round}`)).to.equal(50);
    }
    last.child.kill('SIGINT');
    expect((await last.exited).code).to.equal(0);
  });
});
