import { NotReady } from '../../../process/probe.js';

/** Why Redis refuses commands for now, in a text for people, by the first word of its reply. */
const REASONS: Record<string, string> = {
  OOM: 'it is full (maxmemory): stores are refused, counts go on',
  READONLY: 'it is a read-only replica: stores are refused, counts go on',
  MISCONF: 'it cannot save to its disk (MISCONF): stores are refused, counts go on',
  NOREPLICAS: 'it has too few replicas (min-replicas-to-write): stores are refused, counts go on',
  NOPERM: 'its user lacks a permission that storing needs (NOPERM): see its ACL',
  NOAUTH: 'it wants a password (NOAUTH)',
  WRONGPASS: 'it refuses the user or the password (WRONGPASS)',
  WRONGTYPE: 'a key of ES is of another type (WRONGTYPE): another program uses the same keys',
  LOADING: 'it is loading its data',
  BUSY: 'it is busy with a script (BUSY)',
  MASTERDOWN: 'it is a replica that does not reach its primary',
  CLUSTERDOWN: 'the cluster does not serve every slot',
  CROSSSLOT: 'it is a node of a Cluster: set ES_REDIS_MODE=cluster',
};

/** The reply of a server that is not a node of a Cluster, to a client that expects one. */
const NO_CLUSTER = /^ERR This instance has cluster support disabled/;

/** The replies when a command was renamed: to the command, and to a script that asks whether it may use it. */
const UNKNOWN = /^ERR (?:unknown command|Invalid command passed to redis\.acl_check_cmd)/i;

/** Why ES cannot use Redis, in a text for people; an unknown error is returned unchanged. */
export function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('something that is no error was thrown');
  const reason = REASONS[/^[A-Z]+/.exec(error.message)?.[0] ?? ''];
  if (reason !== undefined) return new NotReady(reason);
  if (NO_CLUSTER.test(error.message)) {
    return new NotReady('it is no node of a Cluster: set ES_REDIS_MODE=single');
  }
  if (UNKNOWN.test(error.message)) {
    return new NotReady('it does not know a command that ES needs, such as EVALSHA');
  }
  return error;
}
