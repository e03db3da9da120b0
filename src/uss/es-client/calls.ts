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
 * Makes a call; while there is no connection, makes it on the next one. What an ES has refused for now is asked only once
 * more: another one may be better off, but all of them together would be kept busy by what they refuse.
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
      // That no other could be reached says more than that no time was left.
      if (code === status.DEADLINE_EXCEEDED) throw away ?? error;
      if (code !== status.UNAVAILABLE || left === 0) throw error;
      away = error;
      // Only ES itself says this.
      left = metadata.get('grpc-retry-pushback-ms').length > 0 ? 0 : left - 1;
    }
  }
}

/** Makes a call with a deadline. */
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

/** What grpc-js says last, after what each layer of it has to say. */
export function reasonOf({ details }: Pick<ServiceError, 'details'>): string {
  const label = details.lastIndexOf(LAST_ERROR);
  if (label < 0) return details;
  const start = label + LAST_ERROR.length;
  const end = details.indexOf(NOTE, start);
  const reason = details.slice(start, end < 0 ? undefined : end).replace(/^Error: /, '');
  return NOTHING.has(reason) ? NO_REASON : reason;
}

/** What is told where grpc-js says nothing. */
export const NO_REASON = 'no connection was made';

/** What grpc-js says where nothing was said to it. */
const NOTHING: ReadonlySet<string> = new Set(['', 'null', 'undefined']);

// Looked for as texts: an expression that has to find the last of the one before one of the other tries them all.
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
