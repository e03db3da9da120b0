import { parseRfc3339 } from '../../src/domain/membership.js';
import { utcDay } from '../../src/domain/utc-day.js';
import type { Answer } from './answers.js';
import type { Dice } from './dice.js';
import type { Journal } from './exchange.js';
import { makeValue, membersOf, mutateMembers, toObject } from './json-values.js';
import { BYTE_MUTATIONS, mutate } from './mutate.js';
import { makeCountPath, makeMembership, makeName } from './rest-corpus.js';
import { type FramedRequest, jsonOf, refusal } from './rest-framed.js';

const ODD_TYPES = [
  'text/plain',
  'application/jsonx',
  'application/json; charset=utf-16',
  'application/json, text/html',
  'multipart/form-data; boundary=x',
  '',
  ';',
  'application/json;charset',
  '\xff',
  'APPLICATION/JSON',
  'application/json; charset="utf-8"',
  'application/x-ndjson',
  'application/json; charset=utf-8; a=b',
];

function headersOf(dice: Dice): Record<string, string> {
  const encoding = dice.chance(0.02) && { 'Content-Encoding': dice.pick(['gzip', 'br', 'x', '']) };
  const type = dice.chance(0.08) ? dice.pick(ODD_TYPES) : 'application/json';
  return { 'Content-Type': type, ...encoding };
}

/** A request with JSON in it that may be anything, or with a path that may. */
export function makeJsonRequest(dice: Dice): FramedRequest {
  const kind = dice.below(20);
  if (kind < 5) return makeValidStore(dice);
  if (kind < 11) return makeStore(dice);
  if (kind < 13) return makeArray(dice);
  if (kind < 16) return makeCounts(dice);
  return makeCount(dice);
}

function makeValidStore(dice: Dice): FramedRequest {
  const body = Buffer.from(JSON.stringify(makeMembership(dice)));
  const headers = { 'Content-Type': 'application/json' };
  const check = (answer: Answer, journal: Journal) =>
    answer.status === 202 ? noteAcknowledged(body, journal) : refusal(answer, 'a valid membership');
  return { line: 'POST /segment', headers, body, check };
}

function makeStore(dice: Dice): FramedRequest {
  const members = mutateMembers(membersOf(makeMembership(dice)), dice);
  const body = toBytes(dice.chance(0.1) ? makeValue(dice) : toObject(members), dice);
  return {
    line: 'POST /segment',
    headers: headersOf(dice),
    body,
    check: (answer, journal) =>
      answer.status === 202 ? noteAcknowledged(body, journal) : undefined,
  };
}

/** Remembers a membership that was acknowledged, read as any JSON parser would. */
function noteAcknowledged(body: Buffer, journal: Journal): string | undefined {
  const { segment, user_id, occurred_at } = JSON.parse(textOf(body));
  if (typeof segment !== 'string' || typeof user_id !== 'string') return 'no name, and yet 202';
  const time = occurred_at === undefined ? Date.now() : parseRfc3339(occurred_at);
  if (time === undefined) return 'no time, and yet 202';
  // Whatever came without a time just before midnight may be of either day.
  const isSure = occurred_at !== undefined || utcDay(time - 60_000) === utcDay(time);
  if (isSure) journal.acknowledged({ segment, userId: user_id, time });
  return undefined;
}

function makeArray(dice: Dice): FramedRequest {
  const entries = Array.from({ length: dice.below(12) }, () => {
    const members = membersOf(makeMembership(dice));
    if (dice.chance(0.5)) return toObject(members);
    return dice.chance(0.3) ? makeValue(dice) : toObject(mutateMembers(members, dice));
  });
  const body = toBytes(`[${entries.join(',')}]`, dice);
  const check = (answer: Answer) => {
    if (answer.status !== 202) return undefined;
    const { accepted, rejected } = jsonOf(answer);
    const reported = Number(accepted) + Number(rejected);
    const { length } = JSON.parse(textOf(body));
    return reported === length ? undefined : `${reported} entries of ${length} were answered`;
  };
  const headers = dice.chance(0.95) ? { 'Content-Type': 'application/json' } : {};
  return { line: 'POST /segments', headers, body, check };
}

function makeCounts(dice: Dice): FramedRequest {
  const segments = Array.from({ length: 1 + dice.below(5) }, () => makeName(dice, 's', 40));
  const members = membersOf({ segments, ...(dice.chance(0.5) && { days: 1 + dice.below(14) }) });
  const body = toBytes(toObject(dice.chance(0.4) ? members : mutateMembers(members, dice)), dice);
  const check = (answer: Answer) => {
    if (answer.status !== 200) return undefined;
    const asked = JSON.parse(textOf(body)).segments.length;
    const reported = (jsonOf(answer).counts as unknown[]).length;
    return reported === asked ? undefined : `${reported} segments of ${asked} were counted`;
  };
  return { line: 'POST /counts', headers: headersOf(dice), body, check };
}

const ODD_PATH_PARTS = [
  '%',
  '%zz',
  '%ff',
  '%00',
  '%0a',
  '%2F',
  '%F0%9F%98%80',
  '%ED%A0%80',
  '//',
  '..',
  '/./',
  '#',
  '&',
  ';',
  '?',
  '?days=0',
  '?days=15',
  '?days=1e1',
  '?days=-1',
  '?days=',
  '?days=1&days=2',
  '&days=999999999',
  '=',
  '?days[]=1',
  '?__proto__=1',
  '\\',
  '"',
  '<',
  '{',
  '|',
  '^',
  '`',
  '*',
  ':',
  '@',
  '+',
  '~',
  '!',
  'x'.repeat(300),
];

function makeCount(dice: Dice): FramedRequest {
  let path = makeCountPath(dice);
  const isValid = dice.chance(0.4);
  for (let left = isValid ? 0 : 1 + dice.below(3); left > 0; left -= 1) {
    const at = 1 + dice.below(path.length);
    path = path.slice(0, at) + dice.pick(ODD_PATH_PARTS) + path.slice(at + dice.below(4));
  }
  const prefix =
    isValid || dice.chance(0.9) ? '' : dice.pick(['http://a', 'http://[', 'a://b:c@d:99999']);
  const check = (answer: Answer) => {
    if (isValid && answer.status !== 200) return refusal(answer, 'a valid count');
    if (answer.status !== 200 || !/^\/segment\/./.test(path)) return undefined;
    const members = Object.keys(jsonOf(answer)).join();
    return members === 'segment,user_count' ? undefined : `a count with members ${members}`;
  };
  return { line: `GET ${prefix}${path}`, headers: {}, body: Buffer.alloc(0), check };
}

/** Text as bytes, once in a while not those of UTF-8. */
function toBytes(text: string, dice: Dice): Buffer {
  const bytes = Buffer.from(text);
  return bytes.length > 0 && dice.chance(0.15) ? mutate(bytes, BYTE_MUTATIONS, dice) : bytes;
}

const utf8 = new TextDecoder();

/** Bytes as text, without a byte order mark. */
function textOf(bytes: Buffer): string {
  return utf8.decode(bytes);
}
