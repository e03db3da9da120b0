import { expect } from 'chai';
import fc from 'fast-check';
import { changeTime, createSegmentChanges } from '../../src/es/queries/list/segment-changes.js';

describe('createSegmentChanges', () => {
  it('tells all since a time, or that some is forgotten, and never some as if it were all', () => {
    const change = fc.tuple(fc.string({ maxLength: 6 }), fc.option(fc.nat(3)), fc.nat());
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (all, atLeast) => {
          const changes = createSegmentChanges(2 * atLeast * 140);
          const times = all.map(([segment, day, doneAt]) => {
            const time = changeTime();
            changes.note(segment, day, doneAt);
            return time;
          });
          let remembered = 0;
          for (const [index, time] of times.entries()) {
            const reported = changes.since(time);
            if (reported === undefined) continue;
            remembered += 1;
            const values = reported.map(({ segment, day, doneAt }) => [segment, day, doneAt]);
            expect(values).to.deep.equal(all.slice(index));
          }
          expect(remembered).to.be.within(Math.min(all.length, atLeast), 2 * atLeast * 1.1);
          expect(changes.since(changeTime())).to.deep.equal([]);
        },
      ),
    );
  });

  it('knows nothing of what was before it, which another process may have changed', () => {
    const before = changeTime();
    expect(createSegmentChanges().since(before)).to.equal(undefined);
  });
});
