import { expect } from 'chai';
import { NO_TRACING } from '../../src/telemetry/tracing/tracing.js';

describe('Tracing that is off', () => {
  it('leaves a function as it is', () => {
    const work = async (count: number) => count + 1;
    expect(NO_TRACING.traced(() => ({ name: 'work', kind: 'internal' }), work)).to.equal(work);
  });

  it('knows no span', async () => {
    expect(NO_TRACING.active()).to.equal(undefined);
    await NO_TRACING.close();
  });
});
