import { CountRequest, StoreBatchRequest, StoreRequest } from '../../src/generated/segment.js';
import { fillDense } from '../loads/fill.js';
import { runH2load } from '../loads/h2load.js';
import { interleaveSystems } from '../report/cores.js';
import type { Section } from '../report/table.js';
import type { GrpcSystem } from '../systems/system.js';
import type { Times } from './posts.js';

const BATCH = 1_000;

const membership = (number: number) => ({
  segment: `s${number % 50}`,
  userId: `u${number}`,
  occurredAt: undefined,
});

/** One request of each method, encoded. */
const MESSAGES = {
  Store: StoreRequest.encode(membership(0)).finish(),
  Count: CountRequest.encode({ segment: 's0' }).finish(),
  StoreBatch: StoreBatchRequest.encode({
    memberships: Array.from({ length: BATCH }, (_, number) => membership(number)),
    packed: undefined,
  }).finish(),
};

/**
 * Calls of one method at ES and its peers.
 *
 * @param streams calls in flight on each connection
 */
export async function measureCalls(
  systems: readonly GrpcSystem[],
  method: keyof typeof MESSAGES,
  connections: number,
  streams: number,
  { rounds, seconds }: Times,
): Promise<Section> {
  if (method === 'Count') for (const system of systems) await fill(system);
  const load = { method, message: MESSAGES[method], connections, streams, seconds };
  const call = ({ grpc }: GrpcSystem) => runH2load({ address: grpc, ...load });
  for (const system of systems) await call(system);
  const of = method === 'StoreBatch' ? ` of ${BATCH.toLocaleString('en')} memberships` : '';
  return {
    title: `gRPC: ${method}${of}, ${connections} × ${streams} in flight`,
    unit: 'calls/s',
    rows: await interleaveSystems(rounds, systems, call),
  };
}

function fill(system: GrpcSystem): Promise<void> {
  const url = 'back' in system ? String(system.back) : undefined;
  return fillDense(system.redisPort, url);
}
