import { randomBytes } from 'node:crypto';
import type { FaultProxy } from '../../support/fault-proxy.js';
import { choose, type Fault, type FaultKind } from './fault.js';

type Way = Pick<Fault, 'name' | 'isInstant'> & { begin: (proxy: FaultProxy) => void };

const garbage = (bytes: Buffer) => randomBytes(bytes.length);

const WAYS: readonly Way[] = [
  { name: 'black hole', begin: (proxy) => proxy.fault({ hole: true }) },
  { name: 'black hole to the server', begin: (proxy) => proxy.fault({ hole: true }, 'toServer') },
  { name: 'black hole to the client', begin: (proxy) => proxy.fault({ hole: true }, 'toClient') },
  { name: 'delay of 100 ms', begin: (proxy) => proxy.fault({ delayMs: 100 }) },
  { name: 'trickle', begin: (proxy) => proxy.fault({ trickleBytes: 100 }) },
  {
    name: 'bytes changed to the server',
    begin: (proxy) => proxy.fault({ change: garbage }, 'toServer'),
  },
  {
    name: 'bytes changed to the client',
    begin: (proxy) => proxy.fault({ change: garbage }, 'toClient'),
  },
  { name: 'reset', isInstant: true, begin: (proxy) => proxy.reset() },
  { name: 'end to the server', isInstant: true, begin: (proxy) => proxy.halfClose('toServer') },
  { name: 'end to the client', isInstant: true, begin: (proxy) => proxy.halfClose('toClient') },
  { name: 'silence of what is open', isInstant: true, begin: (proxy) => proxy.moveHost() },
];

/** What networks do to connections, between two parts. */
export const LINK_FAULTS: readonly FaultKind[] = WAYS.map(
  ({ name, isInstant = false, begin }) =>
    ({ deployment, random }) => {
      const link = choose(random, deployment.links);
      return (
        link && {
          name,
          where: link.name,
          isInstant,
          begin: () => begin(link.proxy),
          end: () => link.proxy.fault({}),
        }
      );
    },
);
