import { expect } from 'chai';
import fc from 'fast-check';
import { checkNoRepeats } from '../../src/http/request/repeated-member.js';

const check = (text: string) => checkNoRepeats(text, JSON.parse(text));

describe('checkNoRepeats', () => {
  it('lets through whatever has no member twice, written in any way', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), (value, blanks) => {
        check(JSON.stringify(value, undefined, blanks));
        check(escaped(JSON.stringify(value)));
      }),
    ));

  it('refuses a member that is there twice, however deep and however it is written', () =>
    fc.assert(
      fc.property(
        fc.string(),
        fc.jsonValue(),
        fc.jsonValue(),
        fc.nat(5),
        (name, one, other, depth) => {
          const key = JSON.stringify(name);
          const pair = `{${key}:${JSON.stringify(one)},"between ${name.length}":1,${escaped(key)} :${JSON.stringify(other)}}`;
          const text = `${'[{"a":'.repeat(depth)}${pair}${'}]'.repeat(depth)}`;
          expect(() => check(text)).to.throw(/twice in one object$/);
        },
      ),
    ));

  it('finds one behind a string of any length', () => {
    for (const filler of ['x', '\\\\', '\\"', '\\u0061']) {
      const text = `{"a":"${filler.repeat(4_000_000)}","b":[${'"b",'.repeat(1_000)}1],"a":1}`;
      expect(() => check(text)).to.throw('the member a twice');
    }
  });

  it('takes the same member of two objects for no repeat', () => {
    check('[{"a":{"a":"\\"a\\":"}},{"a":["a","a"]}]');
  });
});

/** The same JSON with each letter a of a string as an escape, which makes the same name another text. */
function escaped(json: string): string {
  return json.replace(/(?<!\\)[b-z](?=[^"]*")/g, (letter) =>
    json.includes('\\') || !/^"[^"]*"$/.test(json)
      ? letter
      : `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
}
