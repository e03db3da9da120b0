import { expect } from 'chai';
import { analyse } from 'scslre';
import { attackStrings } from './attack-strings.js';
import { growth } from './growth.js';
import { findExpressions } from './regular-expressions.js';
import { atScale, show } from './scale.js';

/** More than four times the time for four times the input, by far, is more than linear. */
const MOST_GROWTH = 9;

/** Expressions that take more than linear time, as they have been or are in every textbook. */
const SLOW = [
  /([\w-]+): *([\x20-\x7e]*)\r\n/y,
  /.*Last error: (?:Error: )?(.+?)\. Resolution note/s,
  /^\d*\.?\d+$/,
  /^(a+)+$/,
  /\s+$/,
  /^[a-z]+.*;[a-z ]*\d$/,
];

/** What is wrong with an expression, by its form alone. */
const faultsOf = (expression: RegExp) => analyse(expression).reports.map(({ type }) => type);

function slowest(expression: RegExp, length: number): number {
  const run = (of: number) => {
    for (const text of attackStrings(expression, of)) {
      expression.lastIndex = 0;
      expression.exec(text);
    }
  };
  return growth(run, length);
}

describe('Every regular expression in src', function () {
  this.timeout(900_000);
  const found = findExpressions('src');

  it('is found', () => {
    expect(found.length).to.be.above(40);
    const names = found.map(({ name }) => name).join('\n');
    expect(names).to.contain('plain-request.ts').and.contain('user_id": ?"([^"');
  });

  it('would be known for slow, if it were', () => {
    for (const expression of SLOW) expect(faultsOf(expression), expression.source).to.not.be.empty;
    expect(slowest(/([\w-]+): *([\x20-\x7e]*)\r\n/y, 2_048)).to.be.above(MOST_GROWTH);
    expect(slowest(/^\d*\.?\d+$/, 4_096)).to.be.above(MOST_GROWTH);
  });

  for (const { name, expression } of found) {
    it(`takes linear time: ${name}`, () => {
      expect(faultsOf(expression)).to.deep.equal([]);
      // The headers of a request are 16 KiB, and so is a line.
      const grown = slowest(expression, atScale(2_048, 16_384));
      show(`${grown.toFixed(1)} times for four times the input`);
      expect(grown).to.be.below(MOST_GROWTH);
    });
  }
});
