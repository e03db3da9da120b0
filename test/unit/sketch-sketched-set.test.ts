import { expect } from 'chai';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { mergeRegisters } from '../../src/es/sketch/registers.js';
import { exactSample, mergeSamples, NO_SAMPLE } from '../../src/es/sketch/sample.js';
import {
  estimateSet,
  exactCount,
  mergeSets,
  type SketchedSet,
  trusted,
} from '../../src/es/sketch/sketched-set.js';

const [a, b] = drawSets(createRandomBits(1), [0, 200, 300, 100], 350) as [SketchedSet, SketchedSet];
const nobody = new Uint8Array(16_384);

describe('a set with a sample', () => {
  it('has the count of its sample if that has all users', () => {
    expect(estimateSet(a)).to.deep.equal(exactCount(300));
    expect(estimateSet(b)).to.deep.equal(estimateCount(b.registers));
    expect(estimateSet({ ...a, sample: NO_SAMPLE })).to.deep.equal(estimateCount(a.registers));
  });

  it('is not known where its registers show clearly more users than the sample', () => {
    const few = exactSample([a.sample.hashes?.slice(0, 250) as Float64Array]);
    const doubted = { registers: a.registers, sample: few };
    expect(trusted(doubted).sample).to.equal(NO_SAMPLE);
    expect(estimateSet(doubted)).to.deep.equal(estimateCount(a.registers));
    expect(trusted(a)).to.equal(a);
    const none = { registers: a.registers, sample: exactSample([]) };
    expect(estimateSet(none).exact).to.equal(false);
  });

  it('is not sampled where registers and sample tell of quite different numbers', () => {
    const full = { ...b, registers: new Uint8Array(16_384).fill(51) };
    expect(trusted(full).sample).to.equal(NO_SAMPLE);
    const crowded = { ...b, registers: new Uint8Array(16_384).fill(1, 0, 3) };
    expect(trusted(crowded).sample).to.equal(NO_SAMPLE);
    expect(trusted(b)).to.equal(b);
  });

  it('is known to have nobody by its registers alone', () => {
    const empty = { registers: nobody, sample: NO_SAMPLE };
    expect(estimateSet(empty)).to.deep.equal(exactCount(0));
    expect(trusted(empty).sample).to.deep.equal(exactSample([]));
  });

  it('is merged with others', () => {
    expect(mergeSets([a, b])).to.deep.equal({
      registers: mergeRegisters([a.registers, b.registers]),
      sample: mergeSamples([a.sample, b.sample]),
    });
    expect(mergeSets([])).to.deep.equal({ registers: nobody, sample: exactSample([]) });
  });
});
