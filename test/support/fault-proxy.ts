import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The way that bytes go. */
export type Way = 'toServer' | 'toClient';

/** What is done to bytes on their way; with none of these they go on at once. */
interface Fault {
  /** They are kept, and go on once the fault is over: as when TCP sends again what a network has lost. */
  hole?: boolean;
  /** How long each piece takes, in milliseconds. */
  delayMs?: number;
  /** So many bytes go on, and the next of them 10 ms later. */
  trickleBytes?: number;
  /** What becomes of a piece. */
  change?: (bytes: Buffer) => Buffer;
}

/** What stands between a client and a server, and does to their connections what networks do. */
export interface FaultProxy {
  port: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Has a fault begin for all connections, also those to come, in both ways unless only one is named; `{}` ends it. */
  fault(fault: Fault, ...ways: Way[]): void;
  /** What is open now falls silent for good, while what comes is as it was: the host has moved. */
  moveHost(...ways: Way[]): void;
  /** Resets every connection (RST). */
  reset(): void;
  /** Ends every connection in one way (FIN), and leaves the other open. */
  halfClose(way: Way): void;
  close(): Promise<void>;
}

interface Link {
  client: Socket;
  server: Socket;
  /** Fallen silent for good. */
  silent: Set<Way>;
}

const BOTH: Way[] = ['toServer', 'toClient'];
const TRICKLE_MS = 10;

/** Listens on a free port of this machine in front of a server of it. */
export async function startFaultProxy(serverPort: number): Promise<FaultProxy> {
  const faults: Record<Way, Fault> = { toServer: {}, toClient: {} };
  const links = new Set<Link>();
  const changes = new EventEmitter().setMaxListeners(0);

  /** Carries the bytes of one way until they end; `to` may have been closed before. */
  async function carry(link: Link, way: Way): Promise<void> {
    const [from, to] = way === 'toServer' ? [link.client, link.server] : [link.server, link.client];
    const isHole = () => link.silent.has(way) || faults[way].hole === true;
    for await (const piece of from as AsyncIterable<Buffer>) {
      while (isHole() && !to.destroyed) await once(changes, 'change');
      const { delayMs = 0, trickleBytes = piece.length, change = (bytes) => bytes } = faults[way];
      if (delayMs > 0) await delay(delayMs);
      const bytes = change(piece);
      for (let at = 0; at < bytes.length; at += trickleBytes) {
        if (at > 0) await delay(TRICKLE_MS);
        to.write(bytes.subarray(at, at + trickleBytes));
      }
      if (to.writableNeedDrain) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    while (isHole() && !to.destroyed) await once(changes, 'change');
    to.end();
  }

  const resetAll = () => {
    for (const link of links) resetLink(link);
    links.clear();
    changes.emit('change');
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true });
    const link: Link = { client, server, silent: new Set() };
    links.add(link);
    const reset = () => {
      links.delete(link);
      resetLink(link);
      changes.emit('change');
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', reset);
    }
    Promise.all(BOTH.map((way) => carry(link, way))).then(() => links.delete(link), reset);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as { port: number }).port,
    get connections() {
      return links.size;
    },
    fault(fault, ...ways) {
      for (const way of ways.length === 0 ? BOTH : ways) faults[way] = fault;
      changes.emit('change');
    },
    moveHost(...ways) {
      for (const { silent } of links) {
        for (const way of ways.length === 0 ? BOTH : ways) silent.add(way);
      }
    },
    reset: resetAll,
    halfClose(way) {
      for (const { client, server } of links) (way === 'toServer' ? server : client).end();
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      resetAll();
      await closed;
    },
  };
}

function resetLink({ client, server }: Link): void {
  for (const socket of [client, server]) {
    // What has sent its end cannot be reset.
    if (socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }
}
