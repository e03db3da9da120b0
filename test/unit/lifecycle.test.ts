import { expect } from 'chai';
import { acquire } from '../../src/process/lifecycle.js';

describe('acquire', () => {
  it('releases last in, first out, and once', async () => {
    const released: string[] = [];
    const service = await acquire(1_000, async (onRelease) => {
      for (const part of ['first', 'second', 'third']) {
        onRelease(() => {
          released.push(part);
        });
      }
      return { port: 7 };
    });
    expect(service.port).to.equal(7);
    await Promise.all([service.close(), service.close()]);
    expect(released).to.deep.equal(['third', 'second', 'first']);
  });

  it('releases what was acquired when the rest cannot be', async () => {
    const released: string[] = [];
    const outcome = await acquire(1_000, async (onRelease) => {
      onRelease(() => {
        released.push('first');
      });
      throw new Error('no second');
    }).catch((error) => error);
    expect(outcome.message).to.equal('no second');
    expect(released).to.deep.equal(['first']);
  });

  it('releases the rest when one cannot be, and says so', async () => {
    const released: string[] = [];
    const service = await acquire(1_000, async (onRelease) => {
      onRelease(() => {
        released.push('first');
      });
      onRelease(() => Promise.reject(new Error('stuck')));
      return {};
    });
    const outcome = await service.close().catch((error) => error);
    expect(outcome.errors[0].message).to.equal('stuck');
    expect(released).to.deep.equal(['first']);
  });

  it('tells a release when its time is over', async () => {
    const service = await acquire(10, async (onRelease) => {
      onRelease(
        (limit) => new Promise((resolve) => limit.addEventListener('abort', () => resolve())),
      );
      return {};
    });
    await service.close();
  });
});
