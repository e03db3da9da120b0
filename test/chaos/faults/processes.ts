import type { Part } from '../parts.js';
import { choose, type Fault, type FaultContext, type FaultKind } from './fault.js';

type Way = Pick<Fault, 'name'> & {
  begin: (part: Part) => unknown;
  end: (part: Part) => unknown;
};

const WAYS: readonly Way[] = [
  { name: 'kill -9', begin: (part) => part.kill(), end: (part) => part.start() },
  { name: 'pause', begin: (part) => part.pause(), end: (part) => part.resume() },
  { name: 'restart', begin: (part) => part.stop(), end: (part) => part.start() },
];

/** A process dies, stands still, or is started anew. */
export const PROCESS_FAULTS: readonly FaultKind[] = WAYS.flatMap((way) => [
  (context) => of(way, context, context.deployment.services),
  (context) => of(way, context, context.deployment.stores),
]);

async function of(
  { name, begin, end }: Way,
  { deployment, segments, random }: FaultContext,
  parts: readonly Part[],
): Promise<Fault | undefined> {
  const part = choose(random, parts);
  if (part === undefined) return undefined;
  return {
    name,
    where: part.name,
    begin: () => begin(part),
    end: () => end(part),
    isInnocent: await onOtherServers(part, deployment, segments),
  };
}

/** Whether a segment is on another primary of a Cluster than one part. */
async function onOtherServers(
  part: Part,
  { redisServers, stores }: FaultContext['deployment'],
  segments: readonly string[],
): Promise<Fault['isInnocent']> {
  const server = redisServers.servers[stores.indexOf(part)];
  if (redisServers.mode !== 'cluster' || server === undefined) return undefined;
  const own = new Set<string>();
  for (const segment of segments) {
    if ((await redisServers.ownerOf(segment)) === server) own.add(segment);
  }
  return (segment) => !own.has(segment);
}
