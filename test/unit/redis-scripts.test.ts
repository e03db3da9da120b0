import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { mergeArguments } from '../../src/es/redis/scripts/merge-script.js';
import { removeArguments } from '../../src/es/redis/scripts/remove-script.js';
import { storeArguments } from '../../src/es/redis/scripts/store-input.js';

/** What a table lists of `KEYS` or `ARGV`: its numbers, and the first number of the rest, as in `KEYS[3…]`. */
function listed(source: string, name: string): { single: number[]; rest: number | undefined } {
  const rows = Array.from(source.matchAll(new RegExp(`^ \\* \\| ${name}\\[(\\d+)(…?)\\]`, 'gm')));
  return {
    single: rows.filter(([, , more]) => more === '').map(([, number]) => Number(number)),
    rest: rows.filter(([, , more]) => more !== '').map(([, number]) => Number(number))[0],
  };
}

/** The numbers of `KEYS` or `ARGV` that a script names. */
function used(source: string, name: string): number[] {
  const lua = source.slice(source.indexOf('SCRIPT_CHECKS}'));
  const numbers = Array.from(lua.matchAll(new RegExp(`${name}\\[(\\d+)\\]`, 'g')), ([, one]) =>
    Number(one),
  );
  return [...new Set(numbers)].sort();
}

/** The arguments of each script, with one of whatever may be many. */
const CALLS = {
  merge: mergeArguments({
    window: 'w',
    buckets: ['b'],
    expiry: 1,
    sampleSize: 2,
    mostCounted: 3,
    notSampled: 4,
  }),
  remove: removeArguments({
    registry: 'r',
    tombstone: 't',
    data: ['b'],
    entry: 's',
    deadline: 1,
    tombstoneSeconds: 2,
  }),
  store: storeArguments({
    registry: 'r',
    firstDay: 1,
    maxSegments: 2,
    deadline: 3,
    since: 4,
    sampleSize: 5,
    isCluster: false,
    days: [],
  }),
};

describe('The table of the script', () => {
  for (const [script, { keys, values }] of Object.entries(CALLS)) {
    const path = `../../src/es/redis/scripts/${script}-script.ts`;
    const source = readFileSync(new URL(path, import.meta.url), 'utf8');
    for (const [name, given] of [
      ['KEYS', keys],
      ['ARGV', values],
    ] as const) {
      it(`${script} lists each of ${name} that is given`, () => {
        const { single, rest } = listed(source, name);
        expect(single).to.deep.equal(Array.from(single, (_, index) => index + 1));
        expect(given.length).to.equal(single.length + (rest === undefined ? 0 : 1));
        if (rest !== undefined) expect(rest).to.equal(single.length + 1);
      });

      it(`${script} lists each of ${name} that the script names`, () => {
        const { single, rest } = listed(source, name);
        const all = rest === undefined ? single : [...single, rest];
        for (const number of used(source, name)) {
          // The store script reads the first bucket, to check permissions.
          if (script === 'store' && name === 'KEYS' && number === 2) continue;
          expect(all, `${name}[${number}]`).to.include(number);
        }
      });
    }
  }
});
