import { Cluster, type Redis } from 'ioredis';
import { primariesOf, type RedisClient } from '../client.js';
import { numberIn, unlessForbidden } from '../info.js';

/** The state of the replication of a primary. */
export interface Replication {
  /** The name of the primary, as `ownerOf` gives it. */
  owner: string;
  /**
   * Changes with a restart, a failover, or a synchronisation from another server; undefined if Redis does not reveal it.
   */
  identity: string | undefined;
  /** How many bytes of writes the primary has received. */
  offset: number;
  /** How many of these bytes each connected replica has. */
  replicas: number[];
  /** Whether the primary has replicas, connected or not, as far as its answer shows. */
  hasReplicas: boolean;
}

/** The states of the primaries. */
export interface Replications {
  /** The names of all primaries. */
  owners: ReadonlySet<string>;
  /** The states of the primaries that have answered. */
  found: Replication[];
  /** The errors of the primaries that have not answered. */
  errors: unknown[];
}

/** Asks every primary. When the user of Redis may not send INFO, the states are empty. */
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
    // A server that synchronises again keeps its run id and gets another replication id.
    identity: runId && `${runId} ${/^master_replid:(\S+)/m.exec(replication)?.[1]}`,
    offset: numberIn(replication, 'master_repl_offset'),
    replicas,
    hasReplicas: numberIn(replication, 'connected_slaves') > 0 || hasReplicaNode(nodes),
  };
}

/**
 * Whether a node of a Cluster has replicas, by its list of nodes: each line has the id, address, flags and primary of a
 * node.
 */
function hasReplicaNode(nodes: string): boolean {
  const lines = nodes.split('\n').map((line) => line.split(' '));
  const own = lines.find(([, , flags = '']) => flags.includes('myself'))?.[0];
  return own !== undefined && lines.some(([, , , primary]) => primary === own);
}
