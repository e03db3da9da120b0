import {
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A client as another team would make it: from the proto file alone, knowing none of our code. */
export interface RpcClient {
  // biome-ignore lint/suspicious/noExplicitAny: what a dynamic client takes and gives
  call(method: string, request: object): Promise<any>;
  /** Opens a stream. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  stream(method: string): ClientDuplexStream<object, any>;
  close(): void;
}

type Unary = (
  request: object,
  metadata: Metadata,
  callback: (error: ServiceError | null, answer: object) => void,
) => void;

/**
 * Opens a client of EstimationService at an address.
 *
 * @param key the API key that it shows; none unless given
 * @param defaults whether answers have what was not on the wire
 */
export function createRpcClient(
  address: string,
  key?: string,
  channelCredentials: ChannelCredentials = credentials.createInsecure(),
  defaults = true,
): RpcClient {
  const definition = loadSync('proto/segment.proto', {
    keepCase: true,
    longs: Number,
    defaults,
  });
  const { segment } = loadPackageDefinition(definition) as unknown as {
    segment: { v1: { EstimationService: ServiceClientConstructor } };
  };
  const client = new segment.v1.EstimationService(address, channelCredentials);
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        const unary = (client as Client & Record<string, Unary>)[method] as Unary;
        unary.call(client, request, metadata, (error, answer) =>
          error ? reject(error) : resolve(answer),
        );
      }),
    stream: (method) => {
      const open = (
        client as Client &
          Record<string, (metadata: Metadata) => ClientDuplexStream<object, object>>
      )[method];
      if (open === undefined) throw new Error(`there is no ${method}`);
      return open.call(client, metadata);
    },
    close: () => client.close(),
  };
}

/** A time as google.protobuf.Timestamp. */
export function timestamp(time: number | string): { seconds: number; nanos: number } {
  const ms = typeof time === 'string' ? Date.parse(time) : time;
  return { seconds: Math.floor(ms / 1_000), nanos: (((ms % 1_000) + 1_000) % 1_000) * 1e6 };
}
