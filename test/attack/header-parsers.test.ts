import { expect } from 'chai';
import { createGuard } from '../../src/auth/guard.js';
import { createRefusals } from '../../src/auth/refusal.js';
import { createAssetRoute } from '../../src/http/asset.js';
import { readPlainRequest } from '../../src/http/connection/plain-request.js';
import { isGzip, mediaType } from '../../src/http/request/content.js';
import { NO_QUERY } from '../../src/http/request/query.js';
import type { HttpRequest } from '../../src/http/route.js';
import { createClientAddress } from '../../src/limits/client-address.js';
import { traceIdOf } from '../../src/telemetry/tracing/tracing.js';
import { reasonOf } from '../../src/uss/es-client/calls.js';
import { growth } from './growth.js';
import { atScale, show } from './scale.js';

const MOST_GROWTH = 9;

const guard = createGuard({
  verify: async () => {
    throw new Error('no credential is right');
  },
  refusals: createRefusals('es'),
  attempts: undefined,
  now: Date.now,
});
const clientAddress = createClientAddress('127.0.0.1, 10.0.0.0/8, fd00::/8');

function requestWith(name: string, value: string): HttpRequest {
  const headers = { [name]: value };
  return {
    method: 'GET',
    headers,
    params: {},
    search: '',
    query: NO_QUERY,
    body: Buffer.alloc(0),
    peerAddress: () => '127.0.0.1',
    isGone: () => false,
    identity: undefined,
    prepaid: 0,
  };
}

const asset = createAssetRoute({
  path: '/a',
  needs: 'open',
  type: 'text/plain',
  content: 'a',
});

/** Everything that takes the text of a header, or of a message from elsewhere. */
const PARSERS: Record<string, (text: string) => unknown> = {
  'Content-Type': (text) => mediaType(requestWith('content-type', text), ['application/json']),
  'Content-Encoding': (text) => isGzip(requestWith('content-encoding', text)),
  Authorization: (text) => guard('segments:read', text, requestWith('authorization', text)),
  'X-Forwarded-For': (text) => clientAddress(requestWith('x-forwarded-for', text)),
  'If-None-Match': (text) => asset.handle(requestWith('if-none-match', text)),
  traceparent: traceIdOf,
  'any header of a plain request': (text) =>
    readPlainRequest(Buffer.from(`GET / HTTP/1.1\r\nA:${text}`), Number.POSITIVE_INFINITY),
  'the path of a plain request': (text) =>
    readPlainRequest(Buffer.from(`GET /${text}`), Number.POSITIVE_INFINITY),
  'what grpc-js says': (details) => reasonOf({ details }),
};

/** What the texts begin with, what they repeat, and what ends them. */
const STARTS = ['', 'application/json', 'application/json; charset=', 'Bearer ', '"', '10.0.0.1, '];
const PUMPS = [
  ' ',
  '\t',
  ' \t',
  ';',
  '; ',
  '; a=b',
  '; a="',
  '\\"',
  '"',
  ',',
  ', ',
  '10.0.0.1, ',
  '::',
  '.',
  '0',
  'a',
  '/',
  '-',
  '=',
  '==',
  ' =',
  'W/"a", ',
  'x:',
  ': ',
  'Last error: ',
  '. Resolution note',
];
const ENDS = ['', 'x', ' ', '\0', '"'];

describe('Everything that takes the text of a header', function () {
  this.timeout(900_000);
  for (const [what, parse] of Object.entries(PARSERS)) {
    it(`takes linear time: ${what}`, async () => {
      const run = (length: number) => {
        for (const start of STARTS) {
          for (const pump of PUMPS) {
            for (const end of ENDS) {
              try {
                const parsed = parse(start + pump.repeat(length / pump.length) + end);
                if (parsed instanceof Promise) parsed.catch(() => {});
              } catch {
                // Refused, which is well.
              }
            }
          }
        }
      };
      const grown = growth(run, atScale(1_024, 4_096));
      show(`${grown.toFixed(1)} times for four times the input`);
      expect(grown).to.be.below(MOST_GROWTH);
    });
  }
});
