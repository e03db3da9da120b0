import { once } from 'node:events';
import {
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import { expect } from 'chai';
import {
  EstimationServiceClient,
  EstimationServiceService,
  StoreBatchRequest,
  StoreBatchResponse,
  type StoreStreamRequest,
  type StoreStreamResponse,
} from '../../src/generated/segment.js';
import { createStoreLanes } from '../../src/uss/es-client/store-lanes.js';

type Stream = ServerDuplexStream<StoreStreamRequest, StoreStreamResponse>;

const EMPTY = new Uint8Array();
const BATCH = StoreBatchRequest.decode(EMPTY);
const STORED = StoreBatchResponse.decode(EMPTY);

describe('A batch that ES does not answer in time', () => {
  let server: Server;
  let client: EstimationServiceClient;
  let onStream: (stream: Stream) => void;
  before(async () => {
    server = new Server();
    server.addService(EstimationServiceService, {
      storeStream: (stream: Stream) => onStream(stream),
    } as never);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    client = new EstimationServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  after(() => {
    client.close();
    server.forceShutdown();
  });

  it('is given up, and its stream with it: the next one goes by a new stream', async () => {
    const lanes = createStoreLanes({
      connections: [{ client, renew: () => {}, close: () => {} }],
      timeoutMs: 200,
      onRetry: () => {},
    });
    const silent = new Promise<Stream>((resolve) => {
      onStream = (stream) => {
        stream.resume();
        resolve(stream);
      };
    });
    const late = lanes.store(BATCH).catch((error) => error);
    const cancelled = once(await silent, 'cancelled');
    expect((await late).code).to.equal(status.DEADLINE_EXCEEDED);
    await cancelled;

    onStream = (stream) =>
      stream.on('data', ({ sequence }) =>
        stream.write({ sequence, result: { $case: 'stored', value: STORED } }),
      );
    expect(await lanes.store(BATCH)).to.deep.equal(STORED);
    lanes.close();
  });
});
