import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Systems give connections that go out ports from 32768, so none of these is taken by one before it is listened on. */
const [FIRST, END] = [10_000, 22_000] as const;

/**
 * A port of this machine that nobody listens on.
 *
 * @param above what is free too, so far above it
 */
export async function freePort(above = 0): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if ((await isFree(port)) && (above === 0 || (await isFree(port + above)))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
