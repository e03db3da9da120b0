import type { Dice } from './dice.js';
import { insertOneOf, type Mutation, splice } from './mutate.js';
import { OTHER_HEADERS } from './rest-corpus.js';

const ODD_LENGTHS = [
  '0',
  '1',
  '-1',
  '+5',
  '007',
  '1e3',
  '0x10',
  '99999999999999999999',
  '5, 5',
  '',
];
const ODD_CODINGS = [
  'chunked',
  'Chunked',
  'gzip, chunked',
  'chunked, chunked',
  'identity',
  ' chunked',
  'x',
];
const ODD_CHUNKS = [
  '0\r\n\r\n',
  '5\r\nabc\r\n',
  'fffffffffffffffff\r\n',
  '3;ext="\r\nabc\r\n',
  '-1\r\n',
  '3\nabc\n',
];

/** What can be done to a request that is known to be one of HTTP. */
export const HTTP_MUTATIONS: readonly Mutation[] = [
  doubleHeader,
  (bytes, dice) => setHeader(bytes, 'Content-Length', dice.pick(ODD_LENGTHS)),
  (bytes, dice) => setHeader(bytes, 'Transfer-Encoding', dice.pick(ODD_CODINGS)),
  (bytes, dice) =>
    setHeader(bytes, dice.pick(Object.keys(OTHER_HEADERS)), dice.pick(['', 'a', '\xff'])),
  (bytes, dice) => splice(bytes, bodyOf(bytes), bodyOf(bytes), Buffer.from(dice.pick(ODD_CHUNKS))),
  (bytes, dice) => setHeader(bytes, 'X-Long', 'x'.repeat(dice.below(20_000))),
  insertOneOf([
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '\0',
    ' ',
    '\t',
    ':',
    ' folded\r\n',
    'A : b\r\n',
    '%',
    '%00',
    '%ff',
    'HTTP/1.0',
    'HTTP/2.0',
    'HTTP/1.1\r\n',
    'HEAD ',
    'POST ',
    '//',
    '/../',
    '?days=',
    '#',
    'http://',
    'Host: b\r\n',
    'Connection: close\r\n',
    'Content-Encoding: gzip\r\n',
    'Expect: 100-continue\r\n',
  ]),
];

function doubleHeader(bytes: Buffer, dice: Dice): Buffer {
  const lines = bytes.toString('latin1', 0, bodyOf(bytes)).split('\r\n');
  const line = dice.pick(lines);
  lines.splice(1 + dice.below(lines.length), 0, line);
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes.subarray(bodyOf(bytes))]);
}

/** Puts a header first, and leaves any other of its name where it is, or takes it away. */
function setHeader(bytes: Buffer, name: string, value: string): Buffer {
  const end = bodyOf(bytes);
  const [line = '', ...headers] = bytes.toString('latin1', 0, end).split('\r\n');
  const others = headers.filter((header) => !header.startsWith(`${name}:`));
  const head = [line, `${name}: ${value}`, ...others].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes.subarray(end)]);
}

/** Where the body of a request begins, or would. */
function bodyOf(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? bytes.length : end + 4;
}
