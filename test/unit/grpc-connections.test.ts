import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ConnectionCall } from '../../src/es/grpc/connection-call.js';
import { type Connections, createConnections } from '../../src/es/grpc/connections.js';

const LIMITS = {
  maxConnections: 6,
  maxConnectionsPerAddress: 3,
  trustedProxies: '',
  idleTimeoutMs: 1e6,
  clientTimeoutMs: 1e6,
};

/** What of a socket is looked at. Its end is told late, as that of a real one may be. */
class Peer extends EventEmitter {
  destroyed = false;
  constructor(
    readonly remoteAddress: string,
    readonly remotePort: number,
  ) {
    super();
  }
  get name(): string {
    return `${this.remoteAddress}:${this.remotePort}`;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3');
const port = fc.integer({ min: 1, max: 3 });
const step = fc.record({
  what: fc.constantFrom('come', 'come', 'begin', 'end', 'close'),
  address,
  port,
  which: fc.nat({ max: 20 }),
});

describe('The connections of gRPC', () => {
  it('never take a connection for another from the same port', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const connections = createConnections(LIMITS, () => {});
        const open: Peer[] = [];
        const calls = new Map<Peer, ConnectionCall[]>();
        for (const { what, which, ...from } of steps) {
          const peer = open[which % Math.max(1, open.length)];
          if (what === 'come') {
            const next = new Peer(from.address, from.port);
            connections.admit(next as unknown as Socket);
            if (!next.destroyed) open.push(next);
          } else if (peer !== undefined && what === 'begin') {
            const call = connections.callBegan(peer.name);
            if (which % 2 === 0) call.workBegan();
            calls.set(peer, [...(calls.get(peer) ?? []), call]);
          } else if (peer !== undefined && what === 'end') calls.get(peer)?.pop()?.over();
          else if (peer !== undefined) {
            open.splice(open.indexOf(peer), 1);
            peer.emit('close');
          }
          const living = open.filter(({ destroyed }) => !destroyed);
          expect(living.length).to.be.at.most(LIMITS.maxConnections);
        }
        // Once all have gone there is room for as many as at the start, and none of them is a ghost.
        for (const peer of open) peer.emit('close');
        const fresh = ['192.0.2.7', '192.0.2.8'].flatMap((one) =>
          [1, 2, 3].map((at) => new Peer(one, at)),
        );
        for (const peer of fresh) connections.admit(peer as unknown as Socket);
        expect(fresh.map(({ destroyed }) => destroyed)).to.deep.equal(fresh.map(() => false));
        for (const { name } of fresh) connections.callBegan(name).workBegan();
        const late = new Peer('192.0.2.9', 1);
        connections.admit(late as unknown as Socket);
        expect(late.destroyed).to.equal(true);
        connections.stop();
      }),
    );
  });

  /** What each of three connections of an address was used for, and which of them makes room; none where undefined. */
  const uses: [
    what: string,
    use: ((call: ConnectionCall) => void)[],
    closed: number | undefined,
  ][] = [
    ['nothing', [nothing, nothing, nothing], 0],
    ['calls that were begun only', [begin, begin, begin], 0],
    ['calls that were answered', [answer, answer, answer], 0],
    ['one that is worked on', [work, begin, nothing], 1],
    ['a stream that brought something', [hear, work, begin], 2],
    ['a call that was answered after others came', [nothing, begin, answer], 0],
    ['work only', [work, work, work], undefined],
    ['streams only', [hear, hear, hear], undefined],
  ];
  for (const [what, use, closed] of uses) {
    it(`make room for one more of an address: ${what}`, () => {
      const connections = createConnections(LIMITS, () => {});
      const admit = admitTo(connections);
      const peers = use.map((_, at) => admit('192.0.2.1', at + 1));
      for (const [at, { name }] of peers.entries()) use[at]?.(connections.callBegan(name));
      const late = admit('192.0.2.1', 9);
      const expected = [0, 1, 2].map((at) => at === closed);
      expect(peers.map(({ destroyed }) => destroyed)).to.deep.equal(expected);
      expect(late.destroyed).to.equal(closed === undefined);
      connections.stop();
    });
  }

  it('have a stream make room where its address has more than the new one, and nothing that is worked on', () => {
    const connections = createConnections(LIMITS, () => {});
    const admit = admitTo(connections);
    const old = ['192.0.2.1', '192.0.2.2'].flatMap((one) => [1, 2, 3].map((at) => admit(one, at)));
    for (const { name } of old) hear(connections.callBegan(name));
    const [first] = old;
    connections.callBegan(first?.name ?? '').workBegan();
    const fresh = [1, 2, 3].map((at) => {
      const peer = admit('192.0.2.3', at);
      hear(connections.callBegan(peer.name));
      return peer;
    });
    // Two of each are left, and nobody has more than another then.
    expect(old.map(({ destroyed }) => destroyed)).to.deep.equal([
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(fresh.map(({ destroyed }) => destroyed)).to.deep.equal([false, false, true]);
    connections.stop();
  });

  it('are spared from the address that has most', () => {
    const connections = createConnections(LIMITS, () => {});
    const admit = admitTo(connections);
    const quiet = admit('192.0.2.1', 1);
    const many = [1, 2, 3].map((at) => admit('192.0.2.2', at));
    const others = [1, 2].map((at) => admit('192.0.2.3', at));
    expect(admit('192.0.2.4', 1).destroyed).to.equal(false);
    expect(many.map(({ destroyed }) => destroyed)).to.deep.equal([true, false, false]);
    expect([quiet, ...others].some(({ destroyed }) => destroyed)).to.equal(false);
    connections.stop();
  });
});

function nothing(): void {}

function begin(_call: ConnectionCall): void {}

function work(call: ConnectionCall): void {
  call.workBegan();
}

function hear(call: ConnectionCall): void {
  call.heard();
}

function answer(call: ConnectionCall): void {
  call.workBegan();
  call.workEnded();
}

function admitTo(connections: Connections): (address: string, port: number) => Peer {
  return (address, port) => {
    const peer = new Peer(address, port);
    connections.admit(peer as unknown as Socket);
    return peer;
  };
}
