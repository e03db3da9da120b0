import { NotReady } from '../../../process/probe.js';

/** What Redis says when it refuses a command for now, by the word that its replies begin with, for people. */
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

/** Of a server that a Cluster is looked for at. */
const NO_CLUSTER = /^ERR This instance has cluster support disabled/;

/** Of a server whose commands have been renamed away, to whoever sends one, and to a script that asks whether it may. */
const UNKNOWN = /^ERR (?:unknown command|Invalid command passed to redis\.acl_check_cmd)/i;

/** Why Redis cannot be worked with, by what it has replied; what it replies for no reason known is as it is. */
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
