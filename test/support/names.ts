import dns from 'node:dns';
import { isIPv4 } from 'node:net';

/** A name whose addresses a test decides, for who looks names up in this process as grpc-js does. */
export interface MovingName {
  /** From now on it leads there. */
  moveTo(...addresses: string[]): void;
  close(): void;
}

/** Has a name lead to addresses; with none it is not known. */
export function startName(name: string, ...addresses: string[]): MovingName {
  const { lookup } = dns.promises;
  let current = addresses;
  const answer = async (asked: string, options: dns.LookupAllOptions) => {
    if (asked !== name) return lookup(asked, options);
    if (current.length === 0) throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
    return current.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  };
  dns.promises.lookup = answer as typeof lookup;
  return {
    moveTo(...moved) {
      current = moved;
    },
    close() {
      dns.promises.lookup = lookup;
    },
  };
}
