import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Access, createAccess } from '../../src/auth/access.js';
import { Failure } from '../../src/domain/failure.js';
import { messageOf } from '../../src/telemetry/describe-error.js';
import type { Logger } from '../../src/telemetry/logger.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { makeCaller } from '../support/caller.js';
import {
  AUDIENCE,
  claims,
  createSigningKey,
  ISSUER,
  type JwksServer,
  type SigningKey,
  sign,
  startJwksServer,
} from '../support/tokens.js';

describe('Keys of tokens from a JWKS server', () => {
  let server: JwksServer;
  let first: SigningKey;
  let clock: number;
  let warnings: string[];
  beforeEach(async () => {
    first = await createSigningKey('first');
    server = await startJwksServer([first]);
    clock = Date.now();
    warnings = [];
  });
  afterEach(() => server.close());

  function createJwtAccess(more: object = {}): Access {
    const jwt = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: server.url, ...more };
    return createAccess({
      prefix: 'USS',
      config: loadUssConfig({ auth: { mode: 'jwt' }, jwt }),
      hosts: ['127.0.0.1'],
      now: () => clock,
      logger: { warn: (text: string) => warnings.push(text) } as unknown as Logger,
    });
  }

  /** The kind of failure, or 'in'. */
  async function outcome({ guard }: Access, token: string): Promise<string> {
    try {
      await guard('segments:read', `Bearer ${token}`, makeCaller());
      return 'in';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.kind;
    }
  }

  it('are fetched once for many tokens at once, and kept', async () => {
    const access = createJwtAccess();
    const tokens = await Promise.all(Array.from({ length: 30 }, () => sign(first)));
    const outcomes = await Promise.all(tokens.map((token) => outcome(access, token)));
    expect(new Set(outcomes)).to.deep.equal(new Set(['in']));
    expect(await outcome(access, await sign(first))).to.equal('in');
    expect(server.requests).to.equal(1);
  });

  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    it(`may be for ${algorithm}`, async () => {
      const key = await createSigningKey('only', algorithm);
      server.keys = [key];
      expect(await outcome(createJwtAccess(), await sign(key))).to.equal('in');
    });
  }

  for (const algorithm of ['RS512', 'PS256', 'ES384']) {
    it(`may not be for ${algorithm}`, async () => {
      const key = await createSigningKey('only', algorithm);
      server.keys = [key];
      expect(await outcome(createJwtAccess(), await sign(key))).to.equal('unauthenticated');
    });
  }

  it('may be exchanged: new ones are found, and who has an old one is out within a minute', async () => {
    const access = createJwtAccess({ jwksCooldownMs: 0 });
    const second = await createSigningKey('second', 'RS256');
    const old = await sign(first);
    expect(await outcome(access, old)).to.equal('in');

    server.keys = [first, second];
    expect(await outcome(access, await sign(second))).to.equal('in');
    expect(server.requests).to.equal(2);
    expect(await outcome(access, old)).to.equal('in');

    const third = await createSigningKey('third', 'EdDSA');
    server.keys = [third];
    expect(await outcome(access, await sign(third))).to.equal('in');
    expect(await outcome(access, await sign(first, claims({ sub: 'another' })))).to.equal(
      'unauthenticated',
    );
    expect(await outcome(access, old), 'is remembered').to.equal('in');
    clock += 60_000;
    expect(await outcome(access, old), 'is looked at anew').to.equal('unauthenticated');
  });
  it('are not fetched for every token that names one that is not there', async () => {
    const access = createJwtAccess();
    const stranger = await createSigningKey('stranger');
    for (let times = 0; times < 5; times += 1) {
      expect(await outcome(access, await sign(stranger))).to.equal('unauthenticated');
    }
    expect(server.requests).to.equal(1);
  });

  it('are waited for while they cannot be had, which is no fault of the client', async () => {
    const access = createJwtAccess();
    const token = await sign(first);
    server.keys = undefined;
    expect(await outcome(access, token)).to.equal('unavailable');
    server.keys = [first];
    expect(await outcome(access, token)).to.equal('in');
  });

  for (const [name, url, reason] of [
    [
      'nobody listens',
      async () => `http://127.0.0.1:${await freePort()}/`,
      /^127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    ],
    [
      'none of its addresses listens',
      async () => `http://localhost:${await freePort()}/`,
      /^localhost:\d+: connect E/,
    ],
    ['its name is unknown', () => 'https://keys.invalid/jwks', /^keys\.invalid: getaddrinfo E/],
    ['it is not TLS', () => server.url.replace('http:', 'https:'), /SSL|TLS/i],
    ['it answers 503', () => server.url, /: Expected 200 OK/],
  ] as const) {
    it(`are missed in the log with the host and the reason where ${name}`, async () => {
      server.keys = undefined;
      const access = createJwtAccess({ jwksUrl: await url() });
      const failure = await Promise.resolve(
        access.guard('segments:read', `Bearer ${await sign(first)}`, makeCaller()),
      ).catch((error: Failure) => error);
      const [reported = ''] = warnings.filter((text) => text.includes('fetched'));
      const [, rest = ''] = reported.split('the keys of tokens cannot be fetched from ');
      expect(rest).to.match(reason);
      expect(rest, 'as the line of the request').to.contain(
        messageOf((failure as Failure).options.cause),
      );
    });
  }
});
