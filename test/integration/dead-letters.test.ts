import { expect } from 'chai';
import { utcDay } from '../../src/domain/utc-day.js';
import { encodeQueuedBatch } from '../../src/es/queue/batch.js';
import { StoreBatchRequest } from '../../src/generated/segment.js';
import { REASON_HEADER } from '../../src/rabbitmq/queues.js';
import { batchOf, describeDeadLetters, NONSENSE } from '../support/dead-letters.js';
import { countOf, send } from '../support/http.js';
import { startCommand } from '../support/process.js';
import { until } from '../support/until.js';

describeDeadLetters('Dead letters', (system) => {
  const { open, put, letters, metric } = system;

  /** What `npm run dead-letters` prints. */
  async function run(command: string): Promise<string> {
    const script = ['scripts/run.mjs', 'dead-letters', command, '--queue', system.queue];
    const env = { ES_RABBITMQ_URL: system.broker.url };
    const running = startCommand([process.execPath, ...script], env);
    expect((await running.exited).code, running.output()).to.equal(0);
    return running.output();
  }

  it('are what can never be stored, while the rest goes on', async () => {
    const base = await open();
    await put(NONSENSE);
    await put(batchOf('s'), { contentType: 'text/plain' });
    for (const segment of ['a\u0000b', '..']) await put(batchOf(segment));
    await put(batchOf('s'));
    await until(async () => (await countOf(base, 's')) === 1);
    await until(async () => (await letters()) === 4);
    const reasons: string[] = [];
    for (let left = 4; left > 0; left -= 1) {
      const letter = await system.channel.get(`${system.queue}.dead`);
      if (letter !== false) reasons.push(letter.properties.headers?.[REASON_HEADER]);
    }
    expect(reasons).to.have.members([
      'the body is no StoreBatchRequest',
      'content type must be application/x-protobuf',
      'segment must not contain control characters',
      'segment must not be . or .., which clients take out of paths; use another name',
    ]);
    await until(
      async () => (await metric(base, 'segmentation_rabbitmq_dead_letter_messages')) === 0,
    );
    expect((await send(base, '/readyz')).json.queue).to.deep.include({ messages: 0 });
  });

  it('are what finds no room in a batch, while the rest of it is stored', async () => {
    const base = await open({ maxSegments: 1 });
    const groups = ['s', 'x', 'y'].map((segment) => ({
      segment,
      day: utcDay(Date.now()),
      userIds: ['a'],
    }));
    await put(encodeQueuedBatch(groups));
    await until(async () => (await letters()) === 1);
    expect(await countOf(base, 's')).to.equal(1);
    const letter = await system.channel.get(`${system.queue}.dead`);
    if (letter === false) throw new Error('there is no dead letter');
    expect(letter.properties.headers?.[REASON_HEADER]).to.match(/^2 memberships.*ES_MAX_SEGMENTS/);
    expect(StoreBatchRequest.decode(letter.content).packed?.segments).to.equal('x\ny');
    expect((await system.channel.checkQueue(system.queue)).messageCount).to.equal(0);
  });

  it('are shown, and sent again', async () => {
    const base = await open();
    const more = { headers: { [REASON_HEADER]: 'a bug' } };
    await put(NONSENSE, more, `${system.queue}.dead`);
    await put(batchOf('s'), more, `${system.queue}.dead`);
    for (let look = 0; look < 2; look += 1) {
      const shown = await run('list');
      expect(shown).to.match(/^2 dead letters/);
      expect(shown).to.match(/8 bytes {2}not decodable {2}a bug/);
      expect(shown).to.match(/1 memberships {2}a bug/);
    }
    expect(await run('retry')).to.equal('2 dead letters sent again');
    await until(async () => (await countOf(base, 's')) === 1);
    await until(async () => (await letters()) === 1);
    expect(await run('list')).to.match(/the body is no StoreBatchRequest/);
  });

  it('are shown on a line each, whatever is in them, without anything a terminal would obey', async () => {
    const reasons = [
      '\u001b[2J\u001b]0;title\u0007',
      'a\r\nb\u2028c',
      '\u202egnp.exe',
      '\u009b31m',
      '\u200b\u00ad',
      { toString: 'no function', '\u001b[31m': 1 },
      [1, true],
      7,
      null,
      'x'.repeat(5_000),
    ];
    for (const reason of reasons) {
      await put(
        NONSENSE,
        { timestamp: 2 ** 52, headers: { [REASON_HEADER]: reason } },
        `${system.queue}.dead`,
      );
    }
    const lines = (await run('list')).split('\n');
    expect(lines).to.have.length(1 + reasons.length);
    for (const line of lines) {
      expect(line).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(line.length).to.be.below(700);
    }
    expect(lines[1]).to.match(/unknown time {2}8 bytes {2}not decodable {2}\\u\{1b\}\[2J/);
  });
});
