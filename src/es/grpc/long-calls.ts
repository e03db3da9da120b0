import { Failure } from '../../domain/failure.js';
import { longCallLimitOf } from './method-limits.js';

/** Limits the calls that have no natural end. */
export interface LongCalls {
  /**
   * Counts a call from now on.
   *
   * @param path of its method
   * @param peer the connection it came on
   * @param address the address that the connection counts for; undefined for a trusted proxy, which has no limit
   * @returns a function that stops counting the call; undefined if the method has no limit
   * @throws Failure `limited` if there are too many
   */
  begin(path: string, peer: string, address: string | undefined): (() => void) | undefined;
}

export function createLongCalls(): LongCalls {
  const inAll = new Map<string, number>();
  const ofAddress = new Map<string, number>();
  const onConnection = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string, more: 1 | -1) => {
    const count = (counts.get(key) ?? 0) + more;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  };
  return {
    begin(path, peer, address) {
      const limit = longCallLimitOf(path);
      if (limit === undefined) return undefined;
      const key = `${peer} ${path}`;
      if ((onConnection.get(key) ?? 0) >= limit.perConnection) {
        throw tooMany(limit.perConnection, 'on one connection');
      }
      const own = address && `${address} ${path}`;
      const share = Math.ceil(limit.inAll / 4);
      if (own && (ofAddress.get(own) ?? 0) >= share) throw tooMany(share, 'from one address');
      if ((inAll.get(path) ?? 0) >= limit.inAll) throw tooMany(limit.inAll, 'in all');
      add(inAll, path, 1);
      if (own) add(ofAddress, own, 1);
      add(onConnection, key, 1);
      return () => {
        add(inAll, path, -1);
        if (own) add(ofAddress, own, -1);
        add(onConnection, key, -1);
      };
    },
  };
}

function tooMany(limit: number, where: string): Failure {
  return new Failure('limited', `there may be ${limit} calls of this method at once ${where}`);
}
