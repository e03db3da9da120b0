import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Between clients and a server: passes on what they send, or holds it for as long as it is told to. */
export interface HeldProxy {
  port: number;
  /**
   * Holds what clients send (`in`), or what the server answers (`out`), on the connections that there are; what was sent on one
   * that is closed meanwhile is still delivered.
   */
  hold(what: 'in' | 'out'): void;
  /** Passes on what was held, and everything after. Resolves once the server has it. */
  release(): Promise<void>;
  close(): void;
}

export async function startHeldProxy(serverPort: number): Promise<HeldProxy> {
  const pairs = new Set<{ in: boolean; out: boolean; sockets: [Socket, Socket] }>();
  const waiting: (() => void)[] = [];
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    const pair = { in: false, out: false, sockets: [client, upstream] as [Socket, Socket] };
    pairs.add(pair);
    const pass = (what: 'in' | 'out', from: Socket, to: Socket) => {
      const deliver = (work: () => void) => {
        if (pair[what]) waiting.push(work);
        else work();
      };
      from.on('data', (bytes) => deliver(() => to.write(bytes)));
      from.on('close', () => deliver(() => to.destroySoon()));
      from.on('error', () => {});
    };
    pass('in', client, upstream);
    pass('out', upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold(what) {
      for (const pair of pairs) pair[what] = true;
    },
    async release() {
      const held = Array.from(pairs).filter((pair) => pair.in || pair.out);
      for (const pair of held) [pair.in, pair.out] = [false, false];
      for (const work of waiting.splice(0)) work();
      const closing = held.filter(({ sockets: [client] }) => client.destroyed);
      await Promise.all(
        closing.map(({ sockets: [, upstream] }) => upstream.destroyed || once(upstream, 'close')),
      );
    },
    close() {
      server.close();
      for (const { sockets } of pairs) for (const socket of sockets) socket.destroy();
    },
  };
}
