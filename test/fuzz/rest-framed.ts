import { rawRequest } from '../support/raw.js';
import { type Answer, findFault } from './answers.js';
import type { Dice } from './dice.js';
import type { Exchange, Journal, Targets } from './exchange.js';
import { openWire } from './wire.js';

/** A request whose frame is right, whatever is in it. */
export interface FramedRequest {
  /** Method and path. */
  line: string;
  headers: Record<string, string>;
  body: Buffer;
  /** Looks at the answer for what is wrong with it in particular. */
  check(answer: Answer, journal: Journal): string | undefined;
}

const MAX_BURSTS = 20;
const MAX_BURST = 4;

/** Requests on a connection that is kept, in bursts. Each has to be answered, in order. */
export function createRestFramed({ rest }: Targets, make: (dice: Dice) => FramedRequest): Exchange {
  return async (dice, journal) => {
    const wire = openWire(dice.pick([rest.es, rest.uss]));
    try {
      for (let bursts = 1 + dice.below(MAX_BURSTS); bursts > 0; bursts -= 1) {
        const size = dice.chance(0.7) ? 1 : 1 + dice.below(MAX_BURST);
        const burst = Array.from({ length: size }, () => make(dice));
        const frames = burst.map((request) => toBytes(request, dice));
        for (const frame of frames) journal.sent(frame);
        wire.write(Buffer.concat(frames));
        for (const request of burst) {
          const answer = await wire.next();
          if (answer === undefined) {
            journal.fault('the connection was closed without an answer');
            return;
          }
          journal.answered(String(answer.status));
          const fault = findFault(answer) ?? request.check(answer, journal);
          if (fault !== undefined) journal.fault(fault);
        }
      }
      wire.halfClose();
      await wire.closed;
    } finally {
      wire.destroy();
    }
  };
}

/** Frames a request by its length, or in chunks. */
function toBytes({ line, headers, body }: FramedRequest, dice: Dice): Buffer {
  if (body.length === 0 || dice.chance(0.8)) return rawRequest(line, headers, body);
  const head = rawRequest(line, { ...headers, 'Transfer-Encoding': 'chunked' });
  const at = 1 + dice.below(body.length);
  const chunks = [body.subarray(0, at), body.subarray(at)].filter(({ length }) => length > 0);
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([head, ...parts, Buffer.from('0\r\n\r\n')]);
}

/** The body of an answer, where it has one that is JSON. */
export function jsonOf({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body.toString());
}

/** What is wrong with not having done what was right; nothing where the service is overloaded. */
export function refusal({ status }: Answer, what: string): string | undefined {
  return status >= 500 ? undefined : `${what} was answered ${status}`;
}
