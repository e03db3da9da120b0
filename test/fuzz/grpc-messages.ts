import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import type { Dice } from './dice.js';
import type { Exchange, Journal, Targets } from './exchange.js';
import { type Method, OTHER_METHODS, OWN_METHODS, PROTOBUF_MUTATIONS } from './grpc-corpus.js';
import { BYTE_MUTATIONS, mutate } from './mutate.js';

const MUTATIONS = [...BYTE_MUTATIONS, ...PROTOBUF_MUTATIONS];

const MAX_CALLS = 20;
const MAX_STREAMED = 12;

const asIs = (bytes: Buffer) => bytes;

/** How a call ended, and how many messages it brought. */
interface Ending {
  code: status;
  details: string;
  messages: number;
}

/** Calls of every method with messages that may be anything, by a client that frames them well. */
export function createGrpcMessages({ grpc }: Targets): { exchange: Exchange; close(): void } {
  // Channels share a connection otherwise.
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const clients = Array.from(
    { length: 4 },
    () => new Client(`127.0.0.1:${grpc}`, credentials.createInsecure(), options),
  );
  const exchange: Exchange = async (dice, journal) => {
    const client = dice.pick(clients);
    for (let calls = 1 + dice.below(MAX_CALLS); calls > 0; calls -= 1) {
      const method = dice.pick(dice.chance(0.85) ? OWN_METHODS : OTHER_METHODS);
      const many = method.form === 'stream' ? 1 + dice.below(MAX_STREAMED) : 1;
      const messages = Array.from({ length: many }, () => makeMessage(method, dice));
      for (const message of messages) journal.sent(message);
      const ending = await (method.form === 'unary'
        ? callUnary(client, method, messages[0] as Buffer)
        : callStream(client, method, messages));
      note(method, ending, many, journal);
    }
  };
  return {
    exchange,
    close() {
      for (const client of clients) client.close();
    },
  };
}

function makeMessage(method: Method, dice: Dice): Buffer {
  const message = method.make(dice);
  return dice.chance(0.7) ? mutate(message, MUTATIONS, dice) : message;
}

function callUnary(client: Client, { path }: Method, message: Buffer): Promise<Ending> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, message, (error) => {
      if (error) resolve(endingOf(error, 0));
      else resolve({ code: status.OK, details: '', messages: 1 });
    });
  });
}

function callStream(
  client: Client,
  { path, form }: Method,
  messages: readonly Buffer[],
): Promise<Ending> {
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest(path, asIs, asIs);
    let received = 0;
    call.on('data', () => {
      received += 1;
      // What is watched is told without end.
      if (form === 'watch') call.cancel();
    });
    call.on('error', (error: ServiceError) => resolve(endingOf(error, received)));
    call.on('end', () => resolve({ code: status.OK, details: '', messages: received }));
    for (const message of messages) call.write(message);
    call.end();
  });
}

function endingOf({ code, details }: ServiceError, messages: number): Ending {
  return { code, details, messages };
}

const ALLOWED = new Set([
  status.OK,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.UNIMPLEMENTED,
  status.CANCELLED,
  status.RESOURCE_EXHAUSTED,
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
]);

function note(method: Method, { code, details, messages }: Ending, sent: number, journal: Journal) {
  for (let left = messages; left > 0; left -= 1) journal.answered('message');
  journal.answered(status[code]);
  if (!ALLOWED.has(code)) {
    journal.fault(`${method.path} ended with ${status[code]}: ${details}`);
  } else if (method.form === 'stream' && code === status.OK && messages !== sent) {
    journal.fault(`${method.path} answered ${messages} messages of ${sent}`);
  }
}
