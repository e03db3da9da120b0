import { Cluster, type Redis } from 'ioredis';
import { primariesOf, type RedisClient } from '../client.js';
import { numberIn, unlessForbidden } from '../info.js';

/** What a primary tells of its replication. */
export interface Replication {
  /** What the primary is called: host and port on a Cluster, nothing where there is one primary. */
  owner: string;
  /** Another one after a restart, a failover, or a synchronisation from another server; undefined where Redis does not tell. */
  identity: string | undefined;
  /** How many bytes of writes it has had. */
  offset: number;
  /** How many of them each replica has that is connected. */
  replicas: number[];
  /** Whether it has replicas, connected or not, as far as Redis tells. */
  hasReplicas: boolean;
}

/** What the primaries tell. */
export interface Replications {
  /** What all are called. */
  owners: ReadonlySet<string>;
  /** Of those that have answered. */
  found: Replication[];
  /** Why the others have not. */
  errors: unknown[];
}

/** Asks every primary. A user of Redis that may not ask INFO learns nothing. */
export async function readReplications(redis: RedisClient): Promise<Replications> {
  const primaries = primariesOf(redis);
  const isCluster = redis instanceof Cluster;
  const answers = await Promise.allSettled(
    primaries.map((primary) => readReplication(primary, isCluster)),
  );
  return {
    owners: new Set(primaries.map((primary) => nameOf(primary, isCluster))),
    found: answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    errors: answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  };
}

function nameOf({ options: { host, port } }: Redis, isCluster: boolean): string {
  return isCluster ? `${host}:${port}` : '';
}

async function readReplication(primary: Redis, isCluster: boolean): Promise<Replication> {
  const [server, replication, nodes] = await Promise.all([
    primary.info('server').catch(unlessForbidden),
    primary.info('replication').catch(unlessForbidden),
    isCluster ? primary.cluster('NODES').then(String).catch(unlessForbidden) : '',
  ]);
  const runId = /^run_id:(\S+)/m.exec(server)?.[1];
  const replicas = Array.from(
    replication.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm),
    ([, offset]) => Number(offset),
  );
  return {
    owner: nameOf(primary, isCluster),
    // The id of a replication is another one where a server had to begin it anew, and kept its own.
    identity: runId && `${runId} ${/^master_replid:(\S+)/m.exec(replication)?.[1]}`,
    offset: numberIn(replication, 'master_repl_offset'),
    replicas,
    hasReplicas: numberIn(replication, 'connected_slaves') > 0 || hasReplicaNode(nodes),
  };
}

/** Whether a node of a Cluster has replicas, by its own list of nodes: id, address, flags and primary of each. */
function hasReplicaNode(nodes: string): boolean {
  const lines = nodes.split('\n').map((line) => line.split(' '));
  const own = lines.find(([, , flags = '']) => flags.includes('myself'))?.[0];
  return own !== undefined && lines.some(([, , , primary]) => primary === own);
}
