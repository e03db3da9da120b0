import type { Host } from '../../support/host.js';
import type { Network } from '../network.js';
import { choose, type Fault, type FaultContext, type FaultKind } from './fault.js';

interface Scene {
  network: Network;
  /** The one that it happens to, and all others. */
  host: Host;
  others: readonly Host[];
}

/** So little that a batch takes longer than it may. */
const SLOW_BYTES = 20_000;

const WAYS: readonly { name: string; begin: (scene: Scene) => void }[] = [
  { name: 'cut off', begin: ({ network, host }) => network.split([host]) },
  { name: 'mute', begin: ({ network, host, others }) => network.mute(host, others) },
  {
    name: 'deaf',
    begin({ network, host, others }) {
      for (const other of others) network.mute(other, [host]);
    },
  },
  { name: 'slow', begin: ({ network, host }) => network.slow(host, SLOW_BYTES) },
];

/** A service's host, or one of a store; in turn, as there are more of the one than of the other. */
const ROLES = [
  (network: Network) => network.hosts.slice(0, 2),
  (network: Network) => network.hosts.slice(2),
];

/** What happens to hosts and the network between them. */
export const HOST_FAULTS: readonly FaultKind[] = [
  ...WAYS.flatMap(({ name, begin }) =>
    ROLES.map(
      (hostsOf): FaultKind =>
        ({ deployment: { network }, random }) => {
          const host = network && choose(random, hostsOf(network));
          if (network === undefined || host === undefined) return undefined;
          const others = network.hosts.filter((other) => other !== host);
          return {
            name: `host ${name}`,
            where: host.name.replace(/.*-/, ''),
            begin: () => begin({ network, host, others }),
            end: () => network.heal(),
          };
        },
    ),
  ),
  withPrimary,
  (context) => splitInTwo(context),
  ({ deployment: { network }, random }) => {
    const host = network && choose(random, network.hosts.slice(0, 2));
    return (
      host && {
        name: 'host moved',
        where: host.name.replace(/.*-/, ''),
        isInstant: true,
        begin: () => network.move(host),
        end: () => {},
      }
    );
  },
];

/** An ES and the primary of some segment on one side, all others on the other. */
async function withPrimary({
  deployment,
  segments,
  random,
}: FaultContext): Promise<Fault | undefined> {
  const { network, redisServers } = deployment;
  const es = network?.hosts[0];
  const primary = await redisServers.ownerOf(choose(random, segments) ?? '');
  if (network === undefined || es === undefined || primary === undefined) return undefined;
  return {
    name: 'split with a primary',
    where: 'a and a primary',
    begin: () => network.split([es, primary.host]),
    end: () => network.heal(),
  };
}

/** Any hosts on one side, the others on the other. */
function splitInTwo({ deployment: { network }, random }: FaultContext): Fault | undefined {
  if (network === undefined) return undefined;
  const side = network.hosts.filter(() => random() < 0.5);
  const where = side.map(({ name }) => name.replace(/.*-/, '')).join(' ');
  return {
    name: 'split in two',
    where: where || 'nobody',
    begin: () => network.split(side),
    end: () => network.heal(),
  };
}
