import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Between clients and a server: passes on what they send, or holds it for as long as it is told to. */
export interface HeldProxy {
  port: number;
  /** Holds what clients send (`in`), or what the server answers (`out`); a connection that is closed meanwhile still delivers. */
  hold(what: 'in' | 'out'): void;
  /** Passes on what was held, and everything after. */
  release(): void;
  close(): void;
}

export async function startHeldProxy(serverPort: number): Promise<HeldProxy> {
  const held = { in: false, out: false };
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const pass = (what: 'in' | 'out', from: Socket, to: Socket) => {
    const deliver = (work: () => void) => {
      if (held[what]) waiting.push(work);
      else work();
    };
    from.on('data', (bytes) => deliver(() => to.write(bytes)));
    from.on('close', () => deliver(() => to.destroySoon()));
    from.on('error', () => {});
    sockets.add(from);
  };
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    pass('in', client, upstream);
    pass('out', upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    hold(what) {
      held[what] = true;
    },
    release() {
      held.in = false;
      held.out = false;
      for (const work of waiting.splice(0)) work();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
