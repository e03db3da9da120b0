import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Counter } from 'prom-client';
import { toFailure } from '../../domain/failure.js';
import type { Clients } from '../../limits/clients.js';
import { createHeldBytes } from '../../limits/held-bytes.js';
import { insidesOf } from './call-insides.js';
import { callerOf } from './callers.js';
import { createClientTurns } from './client-turns.js';
import type { ConnectionCall } from './connection-call.js';
import type { Connections } from './connections.js';
import { type LimitedCall, limitCall } from './limited-call.js';
import { createLongCalls } from './long-calls.js';
import { ACCEPTED_ENCODINGS } from './message-reader.js';
import { maxMessageBytesOf } from './method-limits.js';
import { statusCodeOf } from './status.js';

type Call = Parameters<ServerInterceptor>[1];

export interface CallLimitOptions {
  /** Largest message of the methods that take batches of memberships. */
  maxMessageBytes: number;
  /** Most bytes that are kept for all clients, of requests that have not wholly come and answers that were not taken. */
  maxHeldBytes: number;
  /** How long a client may take for a message that it has begun, for its one request, and to take an answer. */
  clientTimeoutMs: number;
}

export interface CallLimits {
  /** Has to be the first, which is given the call itself. */
  interceptor: ServerInterceptor;
  stop(): void;
}

/**
 * Limits what any client may make of a call, whoever it is: this comes before it is asked who it is.
 *
 * @param connections told which of them have calls that are worked on
 * @param limited counts what was refused, by limit
 * @param nameOf the one name of a client
 */
export function createCallLimits(
  { maxMessageBytes, maxHeldBytes, clientTimeoutMs }: CallLimitOptions,
  connections: Pick<Connections, 'addressOf' | 'callBegan'>,
  limited: Counter<'limit'>,
  nameOf: Clients['nameOf'],
): CallLimits {
  const turns = createClientTurns(clientTimeoutMs);
  const held = createHeldBytes(maxHeldBytes);
  const longCalls = createLongCalls();

  const interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, call) => {
    const insides = insidesOf(call);
    const peer = call.getPeer();
    const connectionCall = connections.callBegan(peer);
    const client = createClient(nameOf, peer);
    const limitedCall = limitCall({
      insides,
      maxBytes: maxMessageBytesOf(path, maxMessageBytes),
      takesMany: requestStream,
      ...{ turns, held, client: client.name },
      refuse(failure, limit) {
        const { headers } = failure.options;
        limited.inc({ limit });
        // Ahead of the status: some clients look at what is accepted only there.
        if (headers !== undefined) call.sendMetadata(metadataOf(headers));
        call.sendStatus({ code: statusCodeOf(failure), details: failure.message });
      },
      onAnswering: () => connectionCall.workEnded(),
      onCut: () => limited.inc({ limit: 'answer' }),
    });
    const endLong = beginLong(path, peer, limitedCall);
    insides.stream.once('close', () => {
      limitedCall.closed();
      connectionCall.over();
      endLong?.();
    });
    if (!requestStream) limitedCall.expectRequest();
    return followed(call, {
      limitedCall,
      connectionCall,
      onMetadata: client.learn,
      takesMany: requestStream,
      hasOneAnswer: !requestStream && !responseStream,
    });
  };

  function beginLong(path: string, peer: string, call: LimitedCall) {
    try {
      return longCalls.begin(path, peer, connections.addressOf(peer));
    } catch (error) {
      call.refuse(toFailure(error), 'calls');
      return undefined;
    }
  }

  return { interceptor, stop: () => turns.stop() };
}

const ACCEPTED = metadataOf(ACCEPTED_ENCODINGS);

/** Finds the client of a call out, once it is known. It is looked for when something is held for it, as few calls need it. */
function createClient(nameOf: Clients['nameOf'], peer: string) {
  let metadata: Metadata | undefined;
  let name: string | undefined;
  return {
    learn(told: Metadata) {
      metadata = told;
    },
    name() {
      const caller = metadata && callerOf(metadata);
      // A connection that is closed has no address any more.
      name ??= caller === undefined ? peer : nameOf(caller);
      return name;
    },
  };
}

interface Followers {
  limitedCall: LimitedCall;
  connectionCall: ConnectionCall;
  onMetadata: (metadata: Metadata) => void;
  takesMany: boolean;
  hasOneAnswer: boolean;
}

/** The call, its steps told to what limits it. Its handler reads, and so messages come here, only once it was let in. */
function followed(call: Call, followers: Followers) {
  const { limitedCall, connectionCall, onMetadata, takesMany, hasOneAnswer } = followers;
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata(metadata, proceed) {
          onMetadata(metadata);
          proceed(metadata);
        },
        onReceiveMessage(message, proceed) {
          limitedCall.delivered();
          if (takesMany) connectionCall.heard();
          proceed(message);
        },
        onReceiveHalfClose(proceed) {
          limitedCall.requestEnded();
          if (!takesMany) connectionCall.workBegan();
          proceed();
        },
      }),
    sendMetadata(metadata, next) {
      metadata.merge(ACCEPTED);
      next(metadata);
    },
    sendMessage(message, next) {
      next(message);
      if (hasOneAnswer) limitedCall.answering();
      else limitedCall.answered();
    },
  });
}

function metadataOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
