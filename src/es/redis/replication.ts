import { Cluster } from 'ioredis';
import { primariesOf, type RedisClient } from './connection.js';
import { unlessForbidden } from './health.js';
import { numberIn } from './info.js';

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

/** Asks every primary. A user of Redis that may not ask INFO learns nothing. */
export function readReplications(redis: RedisClient): Promise<Replication[]> {
  return Promise.all(
    primariesOf(redis).map(async (primary) => {
      const [server, replication, nodes] = await Promise.all([
        primary.info('server').catch(unlessForbidden),
        primary.info('replication').catch(unlessForbidden),
        redis instanceof Cluster
          ? primary.cluster('NODES').then(String).catch(unlessForbidden)
          : '',
      ]);
      const runId = /^run_id:(\S+)/m.exec(server)?.[1];
      const { host, port } = primary.options;
      const replicas = Array.from(
        replication.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm),
        ([, offset]) => Number(offset),
      );
      return {
        owner: redis instanceof Cluster ? `${host}:${port}` : '',
        // The id of a replication is another one where a server had to begin it anew, and kept its own.
        identity: runId && `${runId} ${/^master_replid:(\S+)/m.exec(replication)?.[1]}`,
        offset: numberIn(replication, 'master_repl_offset'),
        replicas,
        hasReplicas: numberIn(replication, 'connected_slaves') > 0 || hasReplicaNode(nodes),
      };
    }),
  );
}

/** Whether a node of a Cluster has replicas, by its own list of nodes. */
function hasReplicaNode(nodes: string): boolean {
  const own = /^(\w+) \S+ \S*myself\S* /m.exec(nodes)?.[1];
  return own !== undefined && new RegExp(`^\\w+ \\S+ \\S*slave\\S* ${own} `, 'm').test(nodes);
}
