import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

// Systems give ports from 32768 to connections that go out, so none of these is taken by one. The bus of a Redis Cluster has a
// port so far above that of its server that it is in nobody's range: 20000 to 27999.
const FIRST_PORT = 10_000;
const PORTS_EACH = 200;
const RANGES = 40;
/** The listener on this port, or one of those above, is the claim on the range of the same number. */
const FIRST_CLAIM = FIRST_PORT + RANGES * PORTS_EACH;

/** Browsers and `fetch` refuse to ask there (the "bad ports" of the Fetch standard, section 2.9); no other one is in a range. */
const BAD_PORT = 10_080;

let range: Promise<number> | undefined;
let asked = 0;

/**
 * A port of this machine that nobody listens on, and that no other process that asks for one is given: each process has a range
 * of its own, as long as it runs. Ports are given in turn, so that the same one comes again as late as possible.
 *
 * @param above what is free too, so far above it
 * @throws Error when no range or no port is free
 */
export async function freePort(above = 0): Promise<number> {
  range ??= claimRange();
  const first = await range.catch((error) => {
    range = undefined;
    throw error;
  });
  for (let left = PORTS_EACH; left > 0; left -= 1) {
    const port = first + (asked++ % PORTS_EACH);
    if (port === BAD_PORT) continue;
    if ((await isFree(port)) && (above === 0 || (await isFree(port + above)))) return port;
  }
  throw new Error(`somebody listens on every port from ${first} to ${first + PORTS_EACH - 1}`);
}

/**
 * Claims a range by a listener, which the system takes from a process that ends, however it ends.
 *
 * @returns its first port
 */
async function claimRange(): Promise<number> {
  for (let index = 0; index < RANGES; index += 1) {
    const claim = await listen(FIRST_CLAIM + index);
    if (claim === undefined) continue;
    claim.unref();
    return FIRST_PORT + index * PORTS_EACH;
  }
  throw new Error(`${RANGES} processes have claimed all ports for tests`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** @returns undefined when somebody listens there */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
