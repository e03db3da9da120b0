import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { createNameCheck } from '../../src/tls/certificate-names.js';
import { type Authority, createAuthority } from '../support/certificates.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis } from '../support/system.js';

/** `subjectAltName` of one name, byte by byte. */
function rawName(tag: number, name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const head = [0x30, bytes.length + 2, tag, bytes.length];
  return `DER:${Buffer.concat([Buffer.from(head), bytes]).toString('hex')}`;
}

const rawEmail = (name: string) => rawName(0x81, name);
const rawDns = (name: string) => rawName(0x82, name);
const rawUri = (name: string) => rawName(0x86, name);

/** A certificate without an alternative name, one with an empty list of them, and all kinds. */
const NO_NAMES = '';
const EMPTY = 'DER:3000';

describe('names of client certificates', () => {
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.close());

  /** Whether a certificate with the common name `cn` and some alternative names is of a client of some name. */
  const isOf = (alternativeNames: string, allowed: string): boolean => {
    const { certFile } = authority.issue('cn', 1, alternativeNames);
    const certificate = new X509Certificate(readFileSync(certFile)).toLegacyObject();
    return createNameCheck([allowed])(certificate);
  };

  const ours: [alternativeNames: string, allowed: string][] = [
    ['DNS:uss', 'uss'],
    ['DNS:uss', 'DNS:uss'],
    ['DNS:USS', 'uss'],
    ['DNS:uss', 'DNS:USS'],
    ['IP:127.0.0.1,email:x@y,DNS:other,DNS:uss', 'uss'],
    ['URI:spiffe://cluster/uss', 'spiffe://cluster/uss'],
    ['URI:spiffe://cluster/uss,RID:1.2.3.4', 'URI:spiffe://cluster/uss'],
    ['otherName:1.2.3.4;UTF8:x,DNS:uss', 'uss'],
    [rawDns('a, b'), 'DNS:a, b'],
    [NO_NAMES, 'cn'],
    [NO_NAMES, 'CN:cn'],
  ];
  for (const [alternativeNames, allowed] of ours) {
    it(`lets in ${JSON.stringify(alternativeNames)} as ${allowed}`, () => {
      expect(isOf(alternativeNames, allowed)).to.equal(true);
    });
  }

  const others: [alternativeNames: string, allowed: string][] = [
    // A name within one of another kind, as it is and after what could be taken for the end of a name.
    ['email:x@DNS:uss', 'uss'],
    ['email:DNS:uss', 'uss'],
    ['otherName:1.3.6.1.4.1.311.20.2.3;UTF8:DNS:uss', 'uss'],
    [rawEmail('x, DNS:uss'), 'uss'],
    [rawEmail('", DNS:uss'), 'uss'],
    [rawUri('spiffe://x, DNS:uss'), 'uss'],
    [rawUri("spiffe://x', URI:uss"), 'URI:uss'],
    ['otherName:1.2.3.4;UTF8:DNS:uss', 'uss'],
    ['URI:DNS:uss', 'uss'],
    ['URI:urn:x?DNS:uss', 'DNS:uss'],
    [rawDns('URI:uss'), 'URI:uss'],
    [rawDns('x, DNS:uss'), 'uss'],
    [rawDns('x", DNS:uss'), 'uss'],
    [rawDns("x', DNS:uss"), 'uss'],
    [rawDns('x\\", DNS:uss'), 'uss'],
    [rawDns('x\nDNS:uss'), 'uss'],
    [rawDns('"uss"'), 'uss'],
    // More or less than the name.
    [rawDns('uss\0.evil.example'), 'uss'],
    [rawDns('uss\\u0000'), 'uss'],
    [rawDns('uss '), 'uss'],
    [rawDns('uss.'), 'uss'],
    ['DNS:uss.evil.example', 'uss'],
    ['DNS:evil-uss', 'uss'],
    ['URI:spiffe://cluster/uss/x', 'spiffe://cluster/uss'],
    ['URI:spiffe://cluster/USS', 'spiffe://cluster/uss'],
    // Wildcards are names like others.
    ['DNS:*.example', 'a.example'],
    ['DNS:*', 'uss'],
    // Of another kind than asked for.
    ['DNS:uss', 'URI:uss'],
    ['URI:uss', 'DNS:uss'],
    ['DNS:uss', 'CN:uss'],
    ['IP:127.0.0.1', '127.0.0.1'],
    // The common name does not count beside an alternative name of whatever kind.
    ['DNS:other', 'cn'],
    ['IP:127.0.0.1', 'cn'],
    ['email:x@y', 'CN:cn'],
    ['RID:1.2.3.4', 'cn'],
    ['otherName:1.2.3.4;UTF8:x', 'cn'],
    [EMPTY, 'cn'],
    [NO_NAMES, 'DNS:cn'],
    [NO_NAMES, 'CN'],
  ];
  for (const [alternativeNames, allowed] of others) {
    it(`does not take ${JSON.stringify(alternativeNames)} for ${allowed}`, () => {
      expect(isOf(alternativeNames, allowed)).to.equal(false);
    });
  }

  it('decide about calls', async () => {
    const redis = await startRedis();
    const server = authority.issue('server');
    const tls = { ...server, caFile: authority.caFile, allowedClients: 'URI:spiffe://c/uss, uss' };
    const es = await startEs(esConfig(redis.url, { grpc: { port: 0, tls } }));
    await es.ready;
    const statusFor = async (alternativeNames: string) => {
      const { certFile, keyFile } = authority.issue('cn', 1, alternativeNames);
      const [ca, key, cert] = [authority.caFile, keyFile, certFile].map((file) =>
        readFileSync(file),
      );
      const secure = credentials.createSsl(ca, key, cert);
      const client = createRpcClient(`localhost:${es.grpcPort}`, undefined, secure);
      const answer = await client.call('Count', { segment: 's' }).catch((error) => error);
      client.close();
      return answer.code ?? 0;
    };
    expect(await statusFor('URI:spiffe://c/uss')).to.equal(0);
    expect(await statusFor('DNS:uss')).to.equal(0);
    expect(await statusFor('email:x@DNS:uss')).to.equal(7);
    await es.close();
    await redis.close();
  });

  it('are refused at the start where they can never match', () => {
    for (const allowedClients of ['uss,', '*.example', 'email:x@y', 'uss,IP:127.0.0.1', ' ']) {
      const grpc = { port: 0, tls: { allowedClients } };
      expect(() => esConfig('redis://localhost', { grpc }), allowedClients).to.throw(
        'ES_GRPC_TLS_ALLOWED_CLIENTS',
      );
    }
  });
});
