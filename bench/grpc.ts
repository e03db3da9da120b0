import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Section } from './report.js';
import { interleave } from './rounds.js';
import type { Times } from './single.js';
import type { OwnSystem } from './systems.js';

type Call = (request: object, callback: (error: ServiceError | null) => void) => void;

/** gRPC against ES: Store, StoreBatch of 1,000 and Count, by a client in one process. */
export async function measureGrpc(own: OwnSystem, { rounds, seconds }: Times): Promise<Section> {
  const definition = loadSync('proto/segment.proto', { keepCase: true });
  // biome-ignore lint/suspicious/noExplicitAny: a dynamic client
  const { EstimationService } = (loadPackageDefinition(definition) as any).segment.v1;
  const client = new EstimationService(own.grpc, credentials.createInsecure());
  const membership = () => ({
    segment: `s${Math.floor(Math.random() * 50)}`,
    user_id: `u${Math.floor(Math.random() * 1e6)}`,
  });
  const batch = () => ({ memberships: Array.from({ length: 1_000 }, membership) });
  const alternatives = {
    'Store, 64 in flight': repeat(client, 'Store', membership, 64, seconds),
    'StoreBatch of 1,000 memberships, 4 in flight': repeat(client, 'StoreBatch', batch, 4, seconds),
    'Count, 64 in flight': repeat(client, 'Count', () => ({ segment: 's0' }), 64, seconds),
  };
  for (const measure of Object.values(alternatives)) await measure();
  const rows = await interleave(rounds, alternatives);
  client.close();
  return { title: 'gRPC on ES', unit: 'calls/s', rows };
}

/** Keeps some calls in flight for some seconds. */
function repeat(
  client: Client,
  method: string,
  makeRequest: () => object,
  inFlight: number,
  seconds: number,
) {
  const call = (client as Client & Record<string, Call>)[method] as Call;
  return async () => {
    const start = performance.now();
    const end = start + seconds * 1_000;
    let calls = 0;
    const lane = async () => {
      while (performance.now() < end) {
        await new Promise<void>((resolve, reject) => {
          call.call(client, makeRequest(), (error) => (error ? reject(error) : resolve()));
        });
        calls += 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return { perSecond: calls / ((performance.now() - start) / 1_000) };
  };
}
