import { expect } from 'chai';
import fc from 'fast-check';
import { changeTime, createSegmentChanges } from '../../src/es/segment-changes.js';

describe('createSegmentChanges', () => {
  it('tells all since a time, or that some is forgotten, and never some as if it were all', () => {
    const change = fc.tuple(fc.string({ maxLength: 6 }), fc.option(fc.nat(3)));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 6, max: 40 }),
        (all, maxChanges, maxLength) => {
          const changes = createSegmentChanges({ maxChanges, maxLength });
          const times = all.map(([segment, day]) => {
            const time = changeTime();
            changes.note(segment, day);
            return time;
          });
          let remembered = 0;
          for (const [index, time] of times.entries()) {
            const told = changes.since(time);
            if (told === undefined) continue;
            remembered += 1;
            const expected = all.slice(index).map(([segment, day]) => ({ segment, day }));
            expect(told.map(({ segment, day }) => ({ segment, day }))).to.deep.equal(expected);
          }
          const lastOnes = all.slice(-remembered);
          expect(remembered).to.be.at.most(maxChanges);
          expect(remembered > 0 || all.length === 0).to.equal(true);
          if (remembered > 0) {
            expect(lastOnes.map(([segment]) => segment).join('').length).to.be.at.most(maxLength);
          }
          expect(changes.since(changeTime())).to.deep.equal([]);
        },
      ),
    );
  });
});
