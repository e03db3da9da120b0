import dns from 'node:dns';
import { expect } from 'chai';
import { watchName } from '../../src/uss/es-client/watch-name.js';
import { until } from '../support/until.js';

describe('A name that is watched', () => {
  const { lookup } = dns.promises;
  afterEach(() => {
    dns.promises.lookup = lookup;
  });

  it('is looked up again only once it was answered, and of no concern when that comes too late', async () => {
    const asked = new Map<string, number>();
    let answer: (addresses: { address: string }[]) => void = () => {};
    const ask = async (name: string) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      if (name === 'quick.test') return [{ address: '127.0.0.1' }];
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    dns.promises.lookup = ask as unknown as typeof lookup;
    let changes = 0;
    const note = () => {
      changes += 1;
    };
    const ends = ['slow.test', 'quick.test'].map((name) => watchName(`dns:///${name}:1`, note));
    answer([{ address: '127.0.0.1' }]);
    // Both have been asked twice, the slow one has not answered since.
    await until(async () => asked.get('slow.test') === 2);
    const before = asked.get('quick.test') ?? 0;
    await until(async () => (asked.get('quick.test') ?? 0) > before);
    expect(asked.get('slow.test')).to.equal(2);
    for (const end of ends) end();
    answer([{ address: '127.0.0.2' }]);
    await new Promise(setImmediate);
    expect(changes).to.equal(0);
  });
});
