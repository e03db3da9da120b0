import { expect } from 'chai';
import fc from 'fast-check';
import { createFairLines } from '../../src/limits/fair-lines.js';

const client = fc.constantFrom('a', 'b', 'c', 'd');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('next' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('longest' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client }) },
);

/** What lines are, at a cost that grows with all that waits. */
function createModel() {
  let lines: [client: string, entries: number[]][] = [];
  return {
    add(name: string, entry: number) {
      const line = lines.find(([other]) => other === name);
      if (line === undefined) lines.push([name, [entry]]);
      else line[1].push(entry);
    },
    next() {
      const line = lines.shift();
      const entry = line?.[1].shift();
      if (line !== undefined && line[1].length > 0) lines.push(line);
      return entry;
    },
    lengths: () => lines.map(([, entries]) => entries.length),
    longest: () => Math.max(0, ...lines.map(([, entries]) => entries.length)),
    lastOf: (length: number) =>
      lines.filter(([, { length: own }]) => own === length).map(([, entries]) => entries.at(-1)),
    forget(gone: (entry: number) => boolean) {
      lines = lines.map(([name, entries]) => [name, entries.filter((one) => !gone(one))]);
      lines = lines.filter(([, entries]) => entries.length > 0);
    },
  };
}

describe('Fair lines', () => {
  it('are what a plain model of them is, whatever is added and taken', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lines = createFairLines<number>();
        const model = createModel();
        const clients = new Map<number, string>();
        steps.forEach((one, entry) => {
          if (one.kind === 'add') {
            clients.set(entry, one.client);
            lines.add(one.client, entry);
            model.add(one.client, entry);
          } else if (one.kind === 'next') expect(lines.next()).to.equal(model.next());
          else if (one.kind === 'longest') {
            const choices = model.lastOf(model.longest());
            const taken = lines.takeLastOfLongest();
            expect(choices.length === 0 ? [undefined] : choices).to.include(taken);
            model.forget((other) => other === taken);
          } else {
            const isGone = (other: number) => clients.get(other) === one.client && other % 2 === 0;
            const before = lines.size;
            const taken = lines.takeUnless((other) => !isGone(other));
            expect(taken.filter(isGone)).to.have.length(before - lines.size);
            model.forget(isGone);
          }
          expect(lines.longest).to.equal(model.longest());
          expect(lines.size).to.equal(model.lengths().reduce((sum, length) => sum + length, 0));
        });
        for (let left = lines.size; left > 0; left -= 1) {
          expect(lines.next()).to.equal(model.next());
        }
        expect(lines.next()).to.equal(undefined);
      }),
    ));
});
