import { expect } from 'chai';
import fc from 'fast-check';
import { terminalMessage, terminalText } from '../../scripts/terminal-text.js';

/** What a terminal obeys, hides, or turns the order of. */
const OBEYED = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

describe('Text for a terminal', () => {
  for (const [text, shown] of [
    ['plain, Grüße, 日本語, 👍', 'plain, Grüße, 日本語, 👍'],
    ['\u001b[2J', '\\u{1b}[2J'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
    ['a\r\n\tb\u2028', 'a\\u{d}\\u{a}\\u{9}b\\u{2028}'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u2066\ufeff\u200b\u00ad', '\\u{2066}\\u{feff}\\u{200b}\\u{ad}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
  ] as const) {
    it(`is shown as ${shown}`, () => {
      expect(terminalText(text)).to.equal(shown);
      expect(terminalMessage(new Error(text))).to.equal(shown);
    });
  }

  it('is short and has nothing a terminal obeys, whatever it was', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const text = terminalText(value);
        expect(text).not.to.match(OBEYED);
        expect(text.length).to.be.at.most(5_100);
      }),
    );
  });

  it('is left as it is where a terminal shows all of it', () => {
    const harmless = fc
      .string({ unit: 'grapheme', maxLength: 200 })
      .filter((text) => !OBEYED.test(text));
    fc.assert(
      fc.property(harmless, (text) => {
        expect(terminalText(text)).to.equal(text);
      }),
    );
  });
});
