import {
  type CallOptions,
  type Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import {
  type CountResponse,
  EstimationServiceClient,
  type Membership as MembershipMessage,
  type StoreBatchResponse,
} from '../generated/segment.js';
import { Failure } from '../shared/failure.js';
import type { Membership } from '../shared/membership.js';
import type { SegmentService } from '../shared/segment-service.js';

export interface GrpcForwarderOptions {
  /** The gRPC target of ES. */
  address: string;
  /** How long a call may take. */
  timeoutMs: number;
}

export interface GrpcForwarder extends SegmentService {
  /** Resolves while ES can do its work; rejects with the reason when not. */
  check(): Promise<void>;
  close(): void;
}

/** How long ES may take to say how it is. */
const CHECK_TIMEOUT_MS = 1_000;

const CHANNEL_OPTIONS = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  // The default lets a client wait two minutes for an ES that has been back for long.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/** Has ES do everything, over gRPC. */
export function createGrpcForwarder({ address, timeoutMs }: GrpcForwarderOptions): GrpcForwarder {
  const client = new EstimationServiceClient(
    address,
    credentials.createInsecure(),
    CHANNEL_OPTIONS,
  );

  return {
    async store(memberships) {
      const request = { memberships: memberships.map(toMessage) };
      return await call<StoreBatchResponse>(timeoutMs, (...args) =>
        client.storeBatch(request, ...args),
      ).catch((error) => {
        throw storeFailure(error);
      });
    },

    async count(segment, days) {
      const answer = await call<CountResponse>(timeoutMs, (...args) =>
        client.count({ segment, days }, ...args),
      );
      return answer.userCount;
    },

    async check() {
      const { status: serving } = await call<Health>(CHECK_TIMEOUT_MS, (...args) =>
        checkHealth(client, ...args),
      );
      if (serving !== 'SERVING') throw new Error('it is not ready itself');
    },

    close: () => client.close(),
  };
}

type Callback<Response> = (error: ServiceError | null, response?: Response) => void;

/** Makes a call with a deadline, and its failure a Failure. */
function call<Response>(
  timeoutMs: number,
  start: (metadata: Metadata, options: CallOptions, callback: Callback<Response>) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start(new Metadata(), { deadline: Date.now() + timeoutMs }, (error, response) =>
      error ? reject(toFailure(error)) : resolve(response as Response),
    );
  });
}

const HEALTH_CHECK = healthService.Check as MethodDefinition<{ service: string }, Health>;

interface Health {
  status: string;
}

function checkHealth(
  client: Client,
  metadata: Metadata,
  options: CallOptions,
  callback: Callback<Health>,
): void {
  const { path, requestSerialize, responseDeserialize } = HEALTH_CHECK;
  const request = { service: '' };
  client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    options,
    callback,
  );
}

function toMessage({ segment, userId, occurredAt }: Membership): MembershipMessage {
  const seconds = Math.floor(occurredAt / 1_000);
  return { segment, userId, occurredAt: { seconds, nanos: (occurredAt - seconds * 1_000) * 1e6 } };
}

/** What a client of USS is told of a status from ES. */
function toFailure(error: ServiceError): Failure {
  switch (error.code) {
    case status.INVALID_ARGUMENT:
      return new Failure('invalid', error.details, { cause: error });
    case status.UNAVAILABLE:
    case status.RESOURCE_EXHAUSTED:
      return new Failure('unavailable', 'the estimation service cannot be reached now; try again', {
        cause: error,
      });
    case status.DEADLINE_EXCEEDED:
      return new Failure('deadline', 'the estimation service took too long to answer', {
        cause: error,
      });
    default:
      return new Failure('internal', 'something went wrong inside the service', { cause: error });
  }
}

/** ES refusing a batch that USS has checked is no fault of the client. */
function storeFailure(failure: Failure): Failure {
  return failure.kind === 'invalid'
    ? new Failure('internal', 'something went wrong inside the service', { cause: failure.cause })
    : failure;
}
