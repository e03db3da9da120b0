import type {
  Server,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Failure } from '../../domain/failure.js';
import { noteSize } from './message-sizes.js';
import { type FailedStatus, statusOf } from './status.js';
import { strictReader } from './strict-reader.js';

/** Replaces a request that could not be decoded. */
const UNDECODABLE = Symbol('undecodable');

const UNREADABLE = new Failure('invalid', 'the request is not a valid message of this method');

/** The members that are used here, of all kinds of calls. */
interface Call {
  /** The request, if there is only one. */
  request?: unknown;
  /** Receives the next request of a stream. */
  push?: (request: unknown) => boolean;
  emit(event: 'error', error: FailedStatus): boolean;
}

type Handler = (call: Call, callback?: (error: FailedStatus) => void) => void;

/**
 * Adds services to a server so that requests that cannot be decoded are answered INVALID_ARGUMENT. grpc-js itself answers
 * INTERNAL, and may never end a stream whose earlier answers are still being written.
 */
export function refusingUndecodable(server: Server): Pick<Server, 'addService'> {
  return {
    addService(definition, implementation) {
      server.addService(withoutFailure(definition), refusing(implementation));
    },
  };
}

/**
 * A service whose requests are decoded by the strict reader, and whose sizes are noted.
 */
export function readStrictly(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer) => {
      const message = readWith(method.requestDeserialize, bytes);
      noteSize(message, bytes.length);
      return message;
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods);
}

/** Generated decoders accept a reader instead of bytes. */
function readWith<Message>(decode: (bytes: Buffer) => Message, bytes: Buffer): Message {
  return decode(strictReader(bytes) as unknown as Buffer);
}

/**
 * The message of a plain call.
 *
 * @param decode a generated decoder
 * @throws Failure `invalid` if the bytes are no such message
 */
export function decodeStrictly<Message>(
  decode: (bytes: Buffer) => Message,
  bytes: Buffer,
): Message {
  try {
    return readWith(decode, bytes);
  } catch {
    throw UNREADABLE;
  }
}

function withoutFailure(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer) => {
      try {
        return method.requestDeserialize(bytes);
      } catch {
        return UNDECODABLE;
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(methods);
}

function refusing(implementation: UntypedServiceImplementation): UntypedServiceImplementation {
  const handlers = Object.entries(implementation).map(([name, method]) => {
    const handle = method as unknown as Handler;
    const handler: Handler = (call, callback) => {
      if (call.request === UNDECODABLE) {
        if (callback !== undefined) callback(statusOf(UNREADABLE));
        else call.emit('error', statusOf(UNREADABLE));
        return;
      }
      if (call.push !== undefined) refuseInStream(call, call.push);
      handle(call, callback);
    };
    return [name, handler as unknown as UntypedHandleCall];
  });
  return Object.fromEntries(handlers);
}

/** Ends a stream at the first request that cannot be decoded. */
function refuseInStream(call: Call, push: (request: unknown) => boolean): void {
  call.push = (request) => {
    if (request !== UNDECODABLE) return push.call(call, request);
    call.emit('error', statusOf(UNREADABLE));
    return false;
  };
}
