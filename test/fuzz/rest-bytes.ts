import { setTimeout as delay, setImmediate as tick } from 'node:timers/promises';
import { type Answer, findFault } from './answers.js';
import type { Dice } from './dice.js';
import type { Exchange, Targets } from './exchange.js';
import { HTTP_MUTATIONS } from './http-mutations.js';
import { BYTE_MUTATIONS, crossWith, mutate } from './mutate.js';
import { makeRequest } from './rest-corpus.js';
import { openWire, type Wire } from './wire.js';

const MUTATIONS = [...BYTE_MUTATIONS, ...HTTP_MUTATIONS, ...HTTP_MUTATIONS, crossWith(makeRequest)];

/** How long a server may say nothing before it is taken to wait for more. */
const QUIET_MS = 30;

const MAX_PIECES = 12;

/**
 * Requests with their bytes mutated, pipelined on one connection that brings them in random pieces. The
 * connection has to end once our side of it has.
 */
export function createRestBytes({ rest }: Targets): Exchange {
  return async (dice, journal) => {
    const requests = Array.from({ length: 1 + dice.below(8) }, () => {
      const request = makeRequest(dice);
      return dice.chance(0.4) ? mutate(request, MUTATIONS, dice) : request;
    });
    for (const request of requests) journal.sent(request);
    const wire = openWire(dice.pick([rest.es, rest.uss]));
    try {
      await write(wire, Buffer.concat(requests), dice);
      // Some clients end their side with their last byte, and are owed no answer.
      let awaited = dice.chance(0.2) ? 0 : requests.length;
      for (let answer = await next(wire, awaited); answer; answer = await next(wire, awaited)) {
        awaited -= 1;
        journal.answered(String(answer.status));
        // node:http closes a connection at what is no HTTP, even in the middle of the answer to what came before.
        const fault = answer.cut ? undefined : findFault(answer);
        if (fault !== undefined) journal.fault(`${fault}: ${answer.head.slice(0, 200)}`);
      }
      wire.halfClose();
      await wire.closed;
    } finally {
      wire.destroy();
    }
  };
}

/** The next answer, unless none is awaited or the server waits for more. */
async function next(wire: Wire, awaited: number): Promise<Answer | undefined> {
  if (awaited <= 0) return undefined;
  const quiet = new AbortController();
  const answer = await Promise.race([
    wire.next(),
    delay(QUIET_MS, undefined, { signal: quiet.signal }).catch(() => undefined),
  ]);
  quiet.abort();
  return answer;
}

async function write(wire: Wire, bytes: Buffer, dice: Dice): Promise<void> {
  if (dice.chance(0.6)) {
    wire.write(bytes);
    return;
  }
  const cuts = Array.from({ length: 1 + dice.below(MAX_PIECES) }, () => dice.below(bytes.length));
  let from = 0;
  for (const to of [...cuts.sort((one, other) => one - other), bytes.length]) {
    if (to > from) wire.write(bytes.subarray(from, to));
    from = to;
    await tick();
  }
}
