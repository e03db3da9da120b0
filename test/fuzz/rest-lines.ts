import { isUtf8 } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answers.js';
import type { Dice } from './dice.js';
import { membersOf, mutateMembers, toObject } from './json-values.js';
import { BYTE_MUTATIONS, insertOneOf, mutate } from './mutate.js';
import { makeMembership } from './rest-corpus.js';
import { type FramedRequest, jsonOf, refusal } from './rest-framed.js';

const LINE_MUTATIONS = [
  ...BYTE_MUTATIONS,
  insertOneOf([
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\ufeff',
    '\0',
    '\xff',
    '{',
    '}',
    '"',
    ',',
    'x'.repeat(20_000),
  ]),
];

const LONGEST = 30;

/** A bulk body, some of whose lines are anything, plain or gzip, whole or not. */
export function makeLinesRequest(dice: Dice): FramedRequest {
  const lines = Array.from({ length: 1 + dice.below(LONGEST) }, () => makeLine(dice));
  const plain = Buffer.from(lines.join(dice.pick(['\n', '\n', '\r\n'])) + dice.pick(['', '\n']));
  const text = dice.chance(0.3) ? mutate(plain, LINE_MUTATIONS, dice) : plain;
  const headers = { 'Content-Type': 'application/x-ndjson' };
  if (dice.chance(0.6)) return toRequest(headers, text, (answer) => checkTotal(answer, text));

  const zipped = gzipSync(text, { level: 1 });
  const gzip = { ...headers, 'Content-Encoding': 'gzip' };
  if (dice.chance(0.4)) return toRequest(gzip, zipped, (answer) => checkTotal(answer, text));
  return toRequest(gzip, mutate(zipped, BYTE_MUTATIONS, dice), () => undefined);
}

function toRequest(
  headers: Record<string, string>,
  body: Buffer,
  check: FramedRequest['check'],
): FramedRequest {
  return { line: 'POST /segments', headers, body, check };
}

function makeLine(dice: Dice): string {
  if (dice.chance(0.04)) return dice.pick(['', ' ', '\t']);
  const members = membersOf(makeMembership(dice));
  return toObject(dice.chance(0.7) ? members : mutateMembers(members, dice));
}

/** Every line but the blank ones has to be accepted or rejected. */
function checkTotal(answer: Answer, text: Buffer): string | undefined {
  if (answer.status !== 202) return refusal(answer, 'a bulk body');
  const { accepted, rejected, errors } = jsonOf(answer);
  const reported = Number(accepted) + Number(rejected);
  const lines = linesOf(text).filter((line) => !isUtf8(line) || line.toString().trim() !== '');
  if (reported !== lines.length) return `${reported} lines of ${lines.length} were answered`;
  const listed = (errors as unknown[]).length;
  return listed === Math.min(Number(rejected), 20) ? undefined : `${listed} of ${rejected} errors`;
}

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(0x0a, start);
    lines.push(text.subarray(start, end < 0 ? text.length : end));
    start = end < 0 ? text.length : end + 1;
  }
  return lines;
}
