import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const OK = 200;
const get = (version: string, ...fields: string[]) =>
  `GET /segment/sport HTTP/${version}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
const post = (fields: string[], body: string) =>
  `POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`;
const MEMBERSHIP = '{"segment":"sport","user_id":"u"}';
const LENGTH = `Content-Length: ${MEMBERSHIP.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const NO_HTTP = /^the request is not valid HTTP\/1\.1$/;
const FIRST_LINE = /^the first line must be a method in capitals, a path without blanks/;
const ENCODED =
  /^the path must begin with a slash, and it and the query be percent-encoded, as %20 for a/;
const ONE_LENGTH = /^there must be one Content-Length, a whole number, or Transfer-Encoding/;
const HEADER = /^a header must be a name, a colon and a value in one line, without control/;
const VERSION = /^the version must be HTTP\/1\.1 or HTTP\/1\.0$/;
const ONE_HOST = /^Host must be given once$/;
const A_HOST = /^Host must be a name or an address, with or without a port$/;

/** What is sent, and the answer: its status and the words of its problem document. */
const HEADS: [what: string, sent: string, status: number, detail?: RegExp][] = [
  ['one Host', get('1.1', 'Host: a'), OK],
  ['a Host with a port', get('1.1', 'Host: a:8080'), OK],
  ['an address for Host', get('1.1', 'Host: [::1]:80'), OK],
  ['a Host without a port behind its colon', get('1.1', 'Host: a:'), OK],
  ['a Host of a name with escapes', get('1.1', 'Host: a%41-_~'), OK],
  ['an empty Host', get('1.1', 'Host:'), OK],
  ['no Host in HTTP/1.0', get('1.0'), OK],
  ['no Host', get('1.1'), 400, /^Host is missing, which HTTP\/1\.1 asks for$/],
  ['no Host, and others', get('1.1', 'Accept: */*'), 400, /^Host is missing/],
  ['no Host before a body', post([LENGTH], MEMBERSHIP).replace('Host: a\r\n', ''), 400, /^Host is/],
  ['two Hosts', get('1.1', 'Host: a', 'Host: b'), 400, ONE_HOST],
  ['the same Host twice', get('1.1', 'Host: a', 'Host: a'), 400, ONE_HOST],
  ['two Hosts apart', get('1.1', 'Host: a', 'Accept: */*', 'hOST: b'), 400, ONE_HOST],
  ['two Hosts in HTTP/1.0', get('1.0', 'Host: a', 'Host: b'), 400, ONE_HOST],
  ['two Hosts, one of them empty', get('1.1', 'Host:', 'Host: b'), 400, ONE_HOST],
  ['two Hosts before a body', post(['Host: b', LENGTH], MEMBERSHIP), 400, ONE_HOST],
  ...[
    'a b',
    'a, b',
    'a/b',
    'http://a',
    'u@a',
    'a:b',
    'a:1:2',
    '[::1',
    '::1',
    '%zz',
    'a?b',
    '"a"',
  ].map((host): [string, string, number, RegExp] => [
    `a Host of ${host}`,
    get('1.1', `Host: ${host}`),
    400,
    A_HOST,
  ]),
  ['two lengths', post([LENGTH, 'Content-Length: 1'], MEMBERSHIP), 400, ONE_LENGTH],
  ['the same length twice', post([LENGTH, LENGTH], MEMBERSHIP), 400, ONE_LENGTH],
  ['a list of lengths', post(['Content-Length: 3, 3'], '{}x'), 400, ONE_LENGTH],
  ['a length that is no number', post(['Content-Length: x'], MEMBERSHIP), 400, ONE_LENGTH],
  ['a length below 0', post(['Content-Length: -1'], MEMBERSHIP), 400, ONE_LENGTH],
  ['a length and chunks', post([LENGTH, CHUNKED], '0\r\n\r\n'), 400, ONE_LENGTH],
  ['chunks and a length', post([CHUNKED, LENGTH], '0\r\n\r\n'), 400, ONE_LENGTH],
  [
    'a chunk without a size',
    post([CHUNKED], `x\r\n${MEMBERSHIP}\r\n`),
    400,
    /^the size of a chunk must be a hex/,
  ],
  ['a chunk longer than its size', post([CHUNKED], `2\r\n${MEMBERSHIP}\r\n`), 400, NO_HTTP],
  ['a field without a colon', get('1.1', 'Host: a', 'what'), 400, HEADER],
  ['a blank before a colon', get('1.1', 'Host : a'), 400, HEADER],
  ['a folded field', get('1.1', 'Host: a', 'A: b', ' c'), 400, HEADER],
  ['a zero byte', get('1.1', 'Host: a', 'A: \0'), 400, HEADER],
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 501, /^CONNECT is not done here$/],
  ...['m\xfcnchen', 'm\xc3\xbcnchen', 'a\tb', 'a?days=\xe9'].map((path): (typeof HEADS)[number] => [
    ...([
      'a path that is not encoded',
      `GET /segment/${path} HTTP/1.1\r\nHost: a\r\n\r\n`,
    ] as const),
    ...([400, ENCODED] as const),
  ]),
  ['a path that does not begin', 'GET segment/a HTTP/1.1\r\nHost: a\r\n\r\n', 400, ENCODED],
  ['a blank in a path', 'GET /segment/a b HTTP/1.1\r\nHost: a\r\n\r\n', 400, FIRST_LINE],
  ['a method in small letters', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', 400, FIRST_LINE],
  ['another protocol', 'GET / FTP/1.1\r\nHost: a\r\n\r\n', 400, FIRST_LINE],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, VERSION],
  ['no method', ' / HTTP/1.1\r\nHost: a\r\n\r\n', 400, FIRST_LINE],
  ['no HTTP', 'hello\r\n\r\n', 400, FIRST_LINE],
  ['a version that is none', get('1.2', 'Host: a'), 505, /^the version must be/],
  ['too much', get('1.1', 'Host: a', `A: ${'x'.repeat(20_000)}`), 431, /^the headers must be at/],
];

/** What the connection was asked before, so that the head is read by the one or the other. */
const BEFORE = {
  'by the fast path': '',
  'by the fast path once more': rawRequest('GET /segment/before', {}),
  'by node:http': rawRequest('GET /healthz', {}),
};

for (const name of ['uss', 'es'] as const) {
  describe(`${name.toUpperCase()} answers broken heads by a problem document`, () => {
    let system: System;
    before(async () => {
      system = await startSystem();
    });
    after(() => system.close());

    for (const [what, sent, status, detail] of HEADS) {
      it(`${status} to ${what}`, async () => {
        for (const [way, before] of Object.entries(BEFORE)) {
          const { send, receive, ended, close } = await openRaw(system[name].httpPort);
          if (before !== '') {
            send(before);
            await receive();
          }
          send(Buffer.from(sent, 'latin1'));
          const answer = await receive();
          expect(answer, way).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
          if (detail !== undefined) {
            expect(answer).to.match(/\r\ncontent-type: application\/problem\+json\r\n/i);
            expect(answer).to.match(/\r\nconnection: close\r\n/i);
            const json = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
            expect(json.status).to.equal(status);
            expect(json.detail).to.match(detail);
            await ended;
          }
          close();
        }
      });
    }
  });
}
