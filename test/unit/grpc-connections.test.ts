import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { createConnections } from '../../src/es/grpc/connections.js';

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
  ...{ address, port, which: fc.nat({ max: 20 }) },
});

describe('The connections of gRPC', () => {
  it('never take a connection for another from the same port', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const connections = createConnections(LIMITS, () => {});
        const open: Peer[] = [];
        for (const { what, which, ...from } of steps) {
          const peer = open[which % Math.max(1, open.length)];
          if (what === 'come') {
            const next = new Peer(from.address, from.port);
            connections.admit(next as unknown as Socket);
            if (!next.destroyed) open.push(next);
          } else if (peer !== undefined && what === 'begin') connections.callBegan(peer.name);
          else if (peer !== undefined && what === 'end') connections.callEnded(peer.name);
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
        const before = fresh.map(({ name }) => connections.callBegan(name));
        expect(before).to.have.length(LIMITS.maxConnections);
        const late = new Peer('192.0.2.9', 1);
        connections.admit(late as unknown as Socket);
        expect(late.destroyed).to.equal(true);
        connections.stop();
      }),
    );
  });
});
