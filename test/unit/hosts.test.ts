import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/domain/failure.js';
import { checkAllowedHosts, createHostCheck } from '../../src/http/hosts.js';
import type { HttpRequest } from '../../src/http/route.js';

type Mode = Parameters<typeof createHostCheck>[0]['mode'];

/** What a service says to some headers: nothing, or the kind of its failure. */
function refusal(headers: object, { allowed = '', mode = 'none' as Mode, anyHost = false } = {}) {
  const check = createHostCheck({ mode, prefix: 'ES' }, allowed);
  return refusalBy(check, headers, anyHost);
}

function refusalBy(check: ReturnType<typeof createHostCheck>, headers: object, anyHost = false) {
  try {
    check({ anyHost }, { headers } as HttpRequest);
    return undefined;
  } catch (error) {
    return toFailure(error).kind;
  }
}

const port = fc.oneof(
  fc.constant(''),
  fc.nat(65_535).map((number) => `:${number}`),
);

describe('the name a service is asked by, without authentication', () => {
  it('may be any address, with any port', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
    );
    fc.assert(
      fc.property(address, port, (name, suffix) => {
        expect(refusal({ host: name + suffix })).to.equal(undefined);
      }),
    );
  });

  it('may be one without dots, or end in .localhost', () => {
    const names = ['localhost', 'LOCALHOST', 'es', 'uss', 'ab-c_1', 'a.localhost', 'a.b.localhost'];
    fc.assert(
      fc.property(fc.constantFrom(...names), port, (name, suffix) => {
        expect(refusal({ host: name + suffix })).to.equal(undefined);
      }),
    );
  });

  it('may be none where no browser asks', () => {
    expect(refusal({})).to.equal(undefined);
  });

  it('is no name that somebody may own', () => {
    fc.assert(
      fc.property(fc.domain(), port, (name, suffix) => {
        expect(refusal({ host: name + suffix })).to.equal('misdirected');
        expect(refusal({ host: name.toUpperCase() + suffix })).to.equal('misdirected');
        expect(refusal({ host: `${name}.${suffix}` })).to.equal('misdirected');
      }),
    );
  });

  it('is nothing that only looks like an address or this machine', () => {
    const names = [
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      'evillocalhost.example',
      'localhost.',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '0x7f.0.0.1',
      '127.0.0.1.',
      '[evil.example]',
      '[::1',
      'evil.example:80:80',
      'localhost:80.evil.example',
      'user@evil.example',
      '::1.evil.example',
    ];
    for (const host of names) expect(refusal({ host }), host).to.equal('misdirected');
  });

  it('may be one that is allowed, on any port unless one is named', () => {
    const allowed = 'es.example.com, Uss.Example.com:8282';
    expect(refusal({ host: 'ES.example.com:1' }, { allowed })).to.equal(undefined);
    expect(refusal({ host: 'uss.example.com:8282' }, { allowed })).to.equal(undefined);
    expect(refusal({ host: 'uss.example.com' }, { allowed })).to.equal('misdirected');
    expect(refusal({ host: 'evil.es.example.com' }, { allowed })).to.equal('misdirected');
    expect(refusal({ host: 'evil.example' }, { allowed: '*' })).to.equal(undefined);
  });

  it('is looked at anew when it is another than the last one', () => {
    const check = createHostCheck({ mode: 'none', prefix: 'ES' }, '');
    for (let round = 0; round < 2; round += 1) {
      expect(refusalBy(check, { host: 'localhost' })).to.equal(undefined);
      expect(refusalBy(check, { host: 'localhost', origin: 'http://evil.example' })).to.equal(
        'forbidden',
      );
      expect(refusalBy(check, { host: 'evil.example' })).to.equal('misdirected');
    }
  });

  it('does not matter to probes, nor where credentials are asked for', () => {
    const headers = { host: 'evil.example', origin: 'null' };
    expect(refusal(headers, { anyHost: true })).to.equal(undefined);
    for (const mode of ['api-key', 'jwt', 'both'] as const) {
      expect(refusal(headers, { mode })).to.equal(undefined);
    }
  });
});

describe('the origin of a request, without authentication', () => {
  it('is that of its host, whatever the scheme', () => {
    const hosts = ['localhost:8484', '127.0.0.1', '[::1]:8484', 'es', 'LocalHost:1'];
    for (const host of hosts) {
      for (const scheme of ['http', 'https']) {
        const origin = `${scheme}://${host.toLowerCase()}`;
        expect(refusal({ host, origin }), origin).to.equal(undefined);
      }
    }
  });

  it('is no other, be it on this machine or an address', () => {
    const origins = [
      'null',
      '',
      'evil.example',
      'http://evil.example',
      'http://localhost',
      'http://[::1]:8484',
      'http://127.0.0.1:8484',
      'http://localhost:3000',
      'http://localhost:8484.evil.example',
      'file://',
      'http://localhost:8484 http://evil.example',
      'http://localhost:8484/',
    ];
    for (const origin of origins) {
      expect(refusal({ host: 'localhost:8484', origin }), origin).to.equal('forbidden');
    }
    for (const host of ['', 'null']) {
      expect(refusal({ host, origin: 'null' }), host).to.equal('forbidden');
    }
  });

  it('may be one that is allowed, as where a proxy changes Host', () => {
    const allowed = 'es.example.com';
    const origin = 'https://es.example.com';
    expect(refusal({ host: 'es:8484', origin }, { allowed })).to.equal(undefined);
    expect(refusal({ host: 'es:8484', origin })).to.equal('forbidden');
  });
});

describe('the list of allowed hosts', () => {
  it('has names, with or without a port, or all', () => {
    for (const list of ['', '*', 'a', 'es.example.com, uss.example.com:8282', 'A.b']) {
      checkAllowedHosts(list);
    }
    for (const list of ['http://es.example.com', '*.example.com', 'a,,b', 'a:b', 'a/b', 'a b']) {
      expect(() => checkAllowedHosts(list), list).to.throw();
    }
  });
});
