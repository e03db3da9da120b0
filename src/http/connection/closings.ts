import { Counter, type Registry } from 'prom-client';
import type { Logger } from '../../telemetry/logger.js';
import { OVERDUE, type Overdue } from './connection.js';
import { CLOSINGS, type Closing, type ConnectionLimits, maxOfAddress } from './connections.js';

export interface ClosingsOptions {
  limits: ConnectionLimits;
  /** The prefix of the environment variables of the service. */
  prefix: string;
  registry: Registry;
  logger: Logger;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** If a limit is reached again and again, this is logged once in this time. */
const QUIET_MS = 60_000;

/**
 * Counts the connections that are closed because of a limit, and logs that there are too many, once a minute for each
 * limit.
 */
export function createClosings(options: ClosingsOptions): (why: Closing, address: string) => void {
  const { limits, prefix, registry, logger, now } = options;
  const closed = new Counter({
    registers: [registry],
    name: 'segmentation_http_connections_closed_total',
    help: 'Connections closed for a limit: of how many there may be, of what they leave untaken, or of how long they may take.',
    labelNames: ['reason'],
  });
  for (const why of CLOSINGS) closed.inc({ reason: toReason(why) }, 0);
  const loggedAt = new Map<Closing, number>();
  const messageOf = (why: Closing, address: string) => {
    if (why === 'untaken') return UNTAKEN;
    const reached = why.endsWith(OF_ADDRESS)
      ? `${address} has ${maxOfAddress(limits)} connections, as many as one address may (${prefix}_HTTP_MAX_CONNECTIONS_PER_ADDRESS; if it is a proxy, name it in ${prefix}_HTTP_TRUSTED_PROXIES)`
      : `there are ${limits.maxConnections} connections, as many as there may be (${prefix}_HTTP_MAX_CONNECTIONS)`;
    return why.startsWith(MADE_ROOM)
      ? `${reached}: those idle for longest, and the slowest, make room for others`
      : `${reached}, none of them idle or slow: more are closed as they come`;
  };

  return (why, address) => {
    closed.inc({ reason: toReason(why) });
    if (OVERDUE.includes(why as Overdue)) return;
    if (now() - (loggedAt.get(why) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    loggedAt.set(why, now());
    logger.warn(messageOf(why, address));
  };
}

const UNTAKEN =
  'clients leave too much of what they are answered untaken: connections of those that leave most are closed';
const MADE_ROOM = 'made-room' satisfies Closing;
const OF_ADDRESS = '-of-address';

function toReason(why: Closing): string {
  return why.replaceAll('-', '_');
}
