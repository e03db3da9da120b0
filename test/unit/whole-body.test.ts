import { PassThrough, type Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type Failure, toFailure } from '../../src/domain/failure.js';
import { readAll } from '../../src/http/request/whole-body.js';
import { shareOfHeap } from '../../src/limits/heap.js';
import { makeRequest } from '../support/request.js';

const LIMITS = { bytes: Number.POSITIVE_INFINITY };
const MAX_HELD_BYTES = shareOfHeap();

const clientNamed = (name: string) => ({ nameOf: () => name, quota: undefined });

const failureOf = (reading: Promise<Buffer>): Promise<Failure> =>
  reading.then(() => expect.fail('not refused'), toFailure);

/** Sends a part of the budget that all bodies have, and resolves once it was read. */
async function send(body: PassThrough, share: number): Promise<void> {
  body.write(Buffer.alloc(Math.floor(MAX_HELD_BYTES * share), ' '));
  await new Promise((resolve) => body.write('', resolve));
}

describe('A body that is read whole', () => {
  it('gives up for another one where all bodies together take too much memory', async () => {
    const bodies = [new PassThrough(), new PassThrough()] as const;
    const [first, second] = bodies.map((body, at) =>
      readAll(makeRequest(body), LIMITS, clientNamed(`client ${at}`)),
    ) as [Promise<Buffer>, Promise<Buffer>];
    const refused = failureOf(first);
    await send(bodies[0], 0.6);
    await send(bodies[1], 0.6);
    const { kind, message } = await refused;
    expect(kind).to.equal('unavailable');
    expect(message).to.equal(
      'overloaded: too much of such bodies is being read; try again, or send less at once',
    );
    expect(bodies[0].isPaused()).to.equal(true);
    bodies[1].end();
    expect(await second).to.have.length(Math.floor(MAX_HELD_BYTES * 0.6));
  });

  it('takes no memory of others once it is whole, refused or broken', async () => {
    const whole = new PassThrough();
    const reading = readAll(makeRequest(whole), LIMITS, clientNamed('whole'));
    await send(whole, 0.6);
    whole.end();
    await reading;

    const broken = new PassThrough();
    const failed = failureOf(readAll(makeRequest(broken), LIMITS, clientNamed('broken')));
    await send(broken, 0.6);
    broken.destroy(new Error('reset'));
    await failed;

    const long = new PassThrough();
    const refused = failureOf(readAll(makeRequest(long), LIMITS, clientNamed('long')));
    await send(long, 0.6);
    long.write(Buffer.alloc(Math.ceil(MAX_HELD_BYTES * 0.41)));
    const { message } = await refused;
    expect(message).to.equal(`the body must be at most ${MAX_HELD_BYTES} bytes`);

    const last = new PassThrough();
    const read = readAll(makeRequest(last), LIMITS, clientNamed('last'));
    await send(last, 0.9);
    last.end();
    expect(await read).to.have.length(Math.floor(MAX_HELD_BYTES * 0.9));
  });

  it('is not read on once it was refused, though the rest of it arrives', async () => {
    const read: number[] = [];
    const prepay = (_: unknown, bytes: number) => {
      read.push(bytes);
      throw new Error('refused');
    };
    const body = new PassThrough();
    const clients = { nameOf: () => 'a client', quota: { maxBytes: 100, prepay } as never };
    const refused = failureOf(readAll(makeRequest(body), LIMITS, clients));
    body.write('[1');
    await refused;
    body.end(',2]');
    body.resume();
    await new Promise((resolve) => body.once('end', resolve));
    expect(read).to.deep.equal([2]);
  });

  it('ends with its client', async () => {
    for (const [text, headers] of [
      ['{}', {}],
      [gzipSync('{}'), { 'content-encoding': 'gzip' }],
    ] as const) {
      const body: Readable = new PassThrough().end(text);
      const gone = readAll(
        makeRequest(body, headers, () => true),
        LIMITS,
        clientNamed('gone'),
      );
      expect((await failureOf(gone)).message).to.equal('nobody waits for the answer any more');
    }
  });

  it('has at most so many values, where these are limited', async () => {
    const read = (limits: object) =>
      readAll(
        makeRequest(new PassThrough().end('[1,2,3,4,5]')),
        { ...LIMITS, ...limits },
        clientNamed('a client'),
      );
    expect(String(await read({}))).to.equal('[1,2,3,4,5]');
    expect(String(await read({ values: 20 }))).to.equal('[1,2,3,4,5]');
    expect((await failureOf(read({ values: 3 }))).kind).to.equal('too-large');
  });
});
