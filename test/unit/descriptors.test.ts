import { expect } from 'chai';
import fc from 'fast-check';
import { fitToDescriptors } from '../../src/process/descriptors.js';
import type { Logger } from '../../src/telemetry/logger.js';

describe('limits of connections', () => {
  const fitted = (http: number, grpc: number, descriptors: number) => {
    const warnings: string[] = [];
    const note = (line: string) => warnings.push(line);
    const logger = { warn: note, info: note } as unknown as Logger;
    const limits = fitToDescriptors({ A_HTTP: http, A_GRPC: grpc }, logger, descriptors);
    return { ...limits, warnings };
  };

  it('stay as they are where there are descriptors for all', () => {
    for (const descriptors of [11_100, 1_000_000]) {
      expect(fitted(10_000, 1_000, descriptors)).to.deep.equal({
        A_HTTP: 10_000,
        A_GRPC: 1_000,
        warnings: [],
      });
    }
  });

  it('leave room for what is no connection, and are at least 1', () => {
    const limits = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(limits, limits, fc.integer({ min: 10, max: 1_000_000 }), (http, grpc, all) => {
        const { A_HTTP, A_GRPC, warnings } = fitted(http, grpc, all);
        expect(A_HTTP + A_GRPC).to.be.at.most(Math.max(all - 100, 2));
        expect([A_HTTP, A_GRPC].every((limit) => limit >= 1)).to.equal(true);
        expect(A_HTTP).to.be.at.most(http);
        expect(A_GRPC).to.be.at.most(grpc);
        expect(warnings.length).to.equal(A_HTTP === http && A_GRPC === grpc ? 0 : 1);
      }),
    );
  });

  it('say in one line how many there are, by the variables that set them', () => {
    expect(fitted(10_000, 1_000, 600).warnings).to.deep.equal([
      'the process may have 600 files open (ulimit -n), too few for its connections; goes on with A_HTTP=454, A_GRPC=45',
    ]);
  });

  for (const [descriptors, level] of [
    [64, 'warn'],
    [256, 'warn'],
    [1_024, 'warn'],
    [5_599, 'warn'],
    [5_600, 'info'],
    [11_099, 'info'],
    [11_100, undefined],
  ] as const) {
    it(`are ${level ?? 'no'} line of the log with ${descriptors} descriptors for 11,000`, () => {
      const levels: string[] = [];
      const note = (name: string) => () => levels.push(name);
      const logger = { warn: note('warn'), info: note('info') } as unknown as Logger;
      fitToDescriptors({ A_HTTP: 10_000, A_GRPC: 1_000 }, logger, descriptors);
      expect(levels).to.deep.equal(level === undefined ? [] : [level]);
    });
  }
});
