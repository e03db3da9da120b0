import dns from 'node:dns';
import { isIP } from 'node:net';

/** How often a name is looked up: so seldom as to cost nothing, so often that a new replica does not wait for long. */
const LOOK_MS = 2_000;

/**
 * Looks the name of a gRPC target up from time to time. gRPC itself does so only when a connection ends, so that an ES
 * that has come would wait for that.
 *
 * @param target as gRPC takes it; one that has no name is not watched
 * @param onChange told when it leads to other addresses than before
 * @returns ends it
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
    // One after the other: a resolver that does not answer is not to be asked for more.
    timer = setTimeout(look, LOOK_MS);
    // A name that is not known for now leads where it did.
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

/** The name in a target; undefined where there is none, but addresses or a socket. */
function hostOf(target: string): string | undefined {
  const [, host] = /^(?:dns:(?:\/\/[^/]*\/)?)?([^:/]+)(?::\d+)?$/.exec(target) ?? [];
  return host === undefined || isIP(host) !== 0 ? undefined : host;
}
