import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { limitUntaken, noteTaken, noteUntaken } from '../../src/http/connection/untaken-answers.js';
import { shareOfHeap } from '../../src/limits/heap.js';

const EACH = 256 * 1024;
const ALL = Math.floor(shareOfHeap() / EACH);

describe('What clients leave untaken', () => {
  let sockets: (Socket & { writableLength: number })[] = [];
  let closed: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets) socket.emit('close');
    [sockets, closed] = [[], []];
  });

  function open(client = String(sockets.length)) {
    const socket = new EventEmitter() as (typeof sockets)[number];
    socket.writableLength = 0;
    limitUntaken(socket, client, () => {
      closed.push(socket);
      socket.emit('close');
    });
    sockets.push(socket);
    return socket;
  }
  function answer(socket: (typeof sockets)[number], bytes: number) {
    socket.writableLength += bytes;
    noteUntaken(socket);
  }
  const tick = () => new Promise(setImmediate);

  it('is closed for by who leaves most, once all together leave too much', () => {
    const most = open();
    answer(most, 2 * EACH);
    for (let left = ALL - 2; left > 0; left -= 1) answer(open(), EACH);
    expect(closed).to.be.empty;
    answer(open(), EACH);
    answer(open(), EACH);
    expect(closed).to.deep.equal([most]);
  });

  it('is closed for by who leaves most in all, however little on each connection', () => {
    const large = open('one');
    answer(large, 4 * EACH);
    const small = Array.from({ length: ALL }, () => open('many'));
    for (const socket of small) answer(socket, EACH);
    expect(closed.length).to.be.within(4, 5);
    expect(closed).not.to.include(large);
  });

  it('is not what they have taken meanwhile, told or not', async () => {
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const some = Array.from({ length: ALL }, open);
      for (const socket of some) answer(socket, EACH);
      expect(closed).to.be.empty;
      for (const socket of some) socket.writableLength = 0;
      for (const socket of some.slice(0, rounds * 10)) noteTaken(socket);
      await tick();
      // Whoever is answered next has had no time to take anything.
      answer(open(), 4 * EACH);
      expect(closed).to.be.empty;
      for (const socket of sockets) socket.writableLength = 0;
      await tick();
    }
  });
});
