import { expect } from 'chai';
import fc from 'fast-check';
import { createClientAddress } from '../../src/limits/client-address.js';
import { makeCaller } from '../support/caller.js';

const PROXY = '10.0.0.1';

describe('The address of a client', () => {
  const addressOf = createClientAddress('10.0.0.0/8');
  const reported = (forwardedFor: string) => addressOf(makeCaller(PROXY, forwardedFor));

  for (const [forwardedFor, address] of [
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:567', '203.0.113.7'],
    ['198.51.100.9,203.0.113.7:1', '203.0.113.7'],
    ['203.0.113.7, 10.1.2.3:80', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:99', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['[2001:db8::1]:5', '2001:db8:0:0'],
    ['[2001:db8::1]', '2001:db8:0:0'],
    ['2001:DB8::2', '2001:db8:0:0'],
    ['2001:0db8:0000:0000:1:2:3:4', '2001:db8:0:0'],
    ['[::1]:5', '0:0:0:0'],
  ] as const) {
    it(`is ${address} where a proxy tells ${forwardedFor}`, () => {
      expect(reported(forwardedFor)).to.equal(address);
    });
  }

  for (const garbage of [
    '',
    ',',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.07',
    '0xcb.0.113.7',
    '3405803783',
    '203.0.113.7:',
    '203.0.113.7:x',
    '203.0.113.7:567:8',
    '203.0.113.7 567',
    '[::1',
    '[::1]5',
    '[::1]:123456',
    '::1::',
    'for=203.0.113.7',
    '"203.0.113.7"',
    '203.0.113.7/32',
  ]) {
    it(`is that of the proxy where it tells ${garbage || 'nothing'}`, () => {
      expect(reported(garbage)).to.equal(PROXY);
      expect(reported(`198.51.100.9, ${garbage}`)).to.equal(PROXY);
      expect(reported(`${garbage}, 203.0.113.7`)).to.equal('203.0.113.7');
    });
  }

  it('is one, however it is written and from whatever port it comes', () =>
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(65_535), (address, port) => {
        const forms = [
          address,
          `${address}:${port}`,
          `::ffff:${address}`,
          `[::ffff:${address}]:${port}`,
          ` ${address}`,
          `::FFFF:${address}`,
        ];
        const found = new Set(forms.map((form) => addressOf(makeCaller('10.9.9.9', form))));
        expect([...found]).to.deep.equal([address]);
      }),
    ));

  it('is never anything but an address, whatever is told', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.:,[]af ') })),
        (forwardedFor) => {
          expect(reported(forwardedFor)).to.match(/^(\d+(\.\d+){3}|[\da-f]+(:[\da-f]+){3})$/);
        },
      ),
    ));

  it('is that of the connection where no proxy is trusted', () => {
    const open = createClientAddress('');
    expect(open(makeCaller('::ffff:192.0.2.1', '203.0.113.7'))).to.equal('192.0.2.1');
  });
});
