import dns from 'node:dns';
import { isIP } from 'node:net';

/** How often a name is looked up: seldom enough to cost almost nothing, often enough to use a new replica soon. */
const LOOK_MS = 2_000;

/**
 * Looks up the name of a gRPC target from time to time. gRPC itself does so only when a connection ends, so a new ES would not be
 * used until then.
 *
 * @param target a gRPC target; a target without a name is not watched
 * @param onChange called when the name resolves to other addresses than before
 * @returns a function that stops the watch
 */
export function watchName(target: string, onChange: () => void): () => void {
  const host = hostOf(target);
  if (host === undefined) return () => {};
  let known: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async () => {
    const addresses = await dns.promises.lookup(host, { all: true }).catch(() => []);
    const found = addresses.map(({ address }) => address).sort();
    if (isOver) return;
    // One lookup after the other, so that a slow resolver is not asked again meanwhile.
    timer = setTimeout(look, LOOK_MS);
    // While a name cannot be resolved, the previous addresses remain in use.
    if (found.length === 0) return;
    const now = found.join();
    if (known !== undefined && now !== known) onChange();
    known = now;
  };
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** The name in a target; undefined if it has addresses or a socket instead. */
function hostOf(target: string): string | undefined {
  const [, host] = /^(?:dns:(?:\/\/[^/]*\/)?)?([^:/]+)(?::\d+)?$/.exec(target) ?? [];
  return host === undefined || isIP(host) !== 0 ? undefined : host;
}
