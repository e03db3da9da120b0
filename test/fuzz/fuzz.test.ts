import { expect } from 'chai';
import { runFuzz } from './suite.js';

describe('under fuzz', function () {
  this.timeout(120_000);

  it('answers everything as documented, and keeps what is stored', async () => {
    const seed = Date.now() % 1e9;
    const { failures, faults, kinds, acknowledged } = await runFuzz({ requests: 5_000, seed });
    expect(failures, `seed ${seed}`).to.deep.equal([]);
    expect(faults, `seed ${seed}`).to.deep.equal([]);
    expect(acknowledged).to.be.greaterThan(300);
    for (const { name, statuses } of kinds) {
      expect(Object.keys(statuses).length, `statuses of ${name}`).to.be.greaterThan(1);
    }
  });
});
