import {
  type CallOptions,
  type Client,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';

type Callback<Response> = (error: ServiceError | null, response?: Response) => void;

/**
 * Makes a call, and repeats it on the next connection while ES cannot be reached. If an ES was reached and refuses for now,
 * the call is repeated only once: another ES may have room, but asking each of them would keep all of them busy with
 * refusals.
 *
 * @throws a gRPC status
 */
export async function tryEach<Response>(
  connections: number,
  makeCall: () => Promise<Response>,
): Promise<Response> {
  let away: unknown;
  let left = connections - 1;
  for (;;) {
    try {
      return await makeCall();
    } catch (error) {
      const { code, metadata } = error as ServiceError;
      // An error that no ES could be reached is more useful than one that no time was left.
      if (code === status.DEADLINE_EXCEEDED) throw away ?? error;
      if (code !== status.UNAVAILABLE || left === 0) throw error;
      away = error;
      // Only ES itself sends this metadata, so it was reached.
      left = metadata.get('grpc-retry-pushback-ms').length > 0 ? 0 : left - 1;
    }
  }
}

/**
 * Makes a call.
 *
 * @param deadline in milliseconds since 1970
 * @throws a gRPC status
 */
export function call<Response>(
  deadline: number,
  start: (metadata: Metadata, options: CallOptions, callback: Callback<Response>) => void,
  traceparent?: string,
): Promise<Response> {
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return new Promise((resolve, reject) => {
    start(metadata, { deadline }, (error, response) =>
      error ? reject(error) : resolve(response as Response),
    );
  });
}

/** The last error in the details of a status. Each layer of grpc-js adds its own words to the details. */
export function reasonOf({ details }: Pick<ServiceError, 'details'>): string {
  const label = details.lastIndexOf(LAST_ERROR);
  if (label < 0) return details;
  const start = label + LAST_ERROR.length;
  const end = details.indexOf(NOTE, start);
  const reason = details.slice(start, end < 0 ? undefined : end).replace(/^Error: /, '');
  return EMPTY_REASONS.has(reason) ? NO_REASON : reason;
}

/** The reason that is shown if grpc-js gives no reason. */
export const NO_REASON = 'no connection was made';

/** The details that grpc-js gives if there was no reason. */
const EMPTY_REASONS: ReadonlySet<string> = new Set(['', 'null', 'undefined']);

// Searched with lastIndexOf and indexOf: a regular expression for the last occurrence would take quadratic time.
const LAST_ERROR = 'Last error: ';
const NOTE = '. Resolution note';

const HEALTH_CHECK = healthService.Check as MethodDefinition<{ service: string }, Health>;

export interface Health {
  status: string;
}

export function checkHealth(
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
