import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that serves a service below a path of its own. */
export interface PrefixProxy {
  /** With the path, without a slash behind it. */
  url: string;
  /** What was asked for that is not below the path. */
  strays: string[];
  close(): void;
}

/**
 * Starts a proxy that takes a path off what is asked for, as nginx does by `location /uss/ { proxy_pass http://uss/; }`,
 * and changes nothing else.
 *
 * @param prefix such as `/uss`
 */
export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const strays: string[] = [];
  const server = createServer((asked, answer) => {
    const { url = '', method, headers } = asked;
    if (!url.startsWith(`${prefix}/`)) {
      strays.push(url);
      answer.writeHead(404).end();
      return;
    }
    const passed = request(
      target,
      { method, headers, path: url.slice(prefix.length), agent: false },
      (got) => {
        answer.writeHead(got.statusCode ?? 0, got.headers);
        got.pipe(answer);
      },
    );
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    strays,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
