import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Counter } from 'prom-client';
import { toFailure } from '../../domain/failure.js';
import type { Clients } from '../../limits/clients.js';
import { createHeldBytes, type HeldBytes } from '../../limits/held-bytes.js';
import { callerOf } from './callers.js';
import type { ConnectionCall } from './connection-call.js';
import type { Connections } from './connections.js';
import { insidesOf } from './grpc-internals.js';
import { type LimitedCall, limitCall } from './limited-call.js';
import { createLongCalls } from './long-calls.js';
import { ACCEPTED_ENCODINGS } from './message-reader.js';
import { maxMessageBytesOf } from './method-limits.js';
import { type ClientWaits, createClientWaits } from './slow-clients.js';
import { statusOf } from './status.js';

type Call = Parameters<ServerInterceptor>[1];

export interface CallLimitOptions {
  /** Largest message of the methods that take batches of memberships. */
  maxMessageBytes: number;
  /** Maximum of bytes that are kept for all clients: incomplete requests, and answers that clients have not taken. */
  maxHeldBytes: number;
  /**
   * How long a client may take to send the rest of a message, to send the request of a unary call, or to take an answer, in
   * milliseconds.
   */
  clientTimeoutMs: number;
}

export interface CallLimits {
  /** Must be the first interceptor: only the first one gets the call itself. */
  interceptor: ServerInterceptor;
  /** What it waits for, and the bytes that it keeps, of all calls together. */
  waits: ClientWaits;
  held: HeldBytes;
  stop(): void;
}

/**
 * Limits every call, before the guard identifies its client.
 *
 * @param connections notified of the calls on each connection
 * @param limited counts refused calls, by limit
 * @param nameOf the name of a client
 */
export function createCallLimits(
  { maxMessageBytes, maxHeldBytes, clientTimeoutMs }: CallLimitOptions,
  connections: Pick<Connections, 'addressOf' | 'callBegan'>,
  limited: Counter<'limit'>,
  nameOf: Clients['nameOf'],
): CallLimits {
  const waits = createClientWaits(clientTimeoutMs);
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
      waits,
      held,
      client: client.name,
      refuse(failure, limit) {
        const { headers } = failure.options;
        limited.inc({ limit });
        // Before the status: some clients read the accepted encodings only from this metadata.
        if (headers !== undefined) call.sendMetadata(metadataOf(headers));
        call.sendStatus(statusOf(failure));
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

  return {
    interceptor,
    waits,
    held,
    stop: () => waits.stop(),
  };
}

const ACCEPTED = metadataOf(ACCEPTED_ENCODINGS);

/** The name of the client of a call. It is looked up only when bytes are held for the client, because few calls need it. */
function createClient(nameOf: Clients['nameOf'], peer: string) {
  let metadata: Metadata | undefined;
  let name: string | undefined;
  return {
    learn(received: Metadata) {
      metadata = received;
    },
    name() {
      const caller = metadata && callerOf(metadata);
      // A closed connection has no address any more.
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

/** A call that reports its events to its limits. Messages arrive here only after the guard has accepted the call. */
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
