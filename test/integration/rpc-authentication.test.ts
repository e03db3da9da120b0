import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import type { Need } from '../../src/auth/scope.js';
import { type Credential, makeCredentials } from '../support/credentials.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';
import { claims, sign } from '../support/tokens.js';

interface Method {
  path: string;
  requestSerialize: (request: object) => Buffer;
}

const service = loadSync('proto/segment.proto', { keepCase: true })[
  'segment.v1.EstimationService'
] as unknown as Record<string, Method>;

/** The bytes of a request to a method of EstimationService. */
function request(method: string, message: object): [path: string, bytes: Buffer] {
  const { path, requestSerialize } = service[method] as Method;
  return [path, requestSerialize(message)];
}

const one = { segment: 'rpc', user_id: 'u1' };
const REFLECTION = 'ServerReflection/ServerReflectionInfo';
/** A ServerReflectionRequest with list_services. */
const LIST_SERVICES = Buffer.from([0x3a, 1, 0x2a]);
const EMPTY_MESSAGE = Buffer.alloc(0);

/** Every method, what it asks for, and a request it carries out for who has that. */
const METHODS: [path: string, bytes: Buffer, needs: Need][] = [
  [...request('Store', one), 'segments:write'],
  [...request('StoreBatch', { memberships: [one] }), 'segments:write'],
  [...request('StoreStream', { sequence: 1, batch: { memberships: [one] } }), 'segments:write'],
  [...request('Count', { segment: 'rpc' }), 'segments:read'],
  [...request('CountBatch', { segments: ['rpc'] }), 'segments:read'],
  [...request('ListSegments', {}), 'segments:read'],
  [...request('Estimate', { segment: 'rpc' }), 'segments:read'],
  [...request('History', { segment: 'rpc' }), 'segments:read'],
  [...request('Overlap', { segments: ['rpc', 'other'] }), 'segments:read'],
  [...request('EstimateExpression', { all: ['rpc'] }), 'segments:read'],
  [...request('Similar', { segment: 'rpc' }), 'segments:read'],
  [...request('DeleteSegment', { segment: 'other' }), 'segments:admin'],
  [`/grpc.reflection.v1.${REFLECTION}`, LIST_SERVICES, 'authenticated'],
  [`/grpc.reflection.v1alpha.${REFLECTION}`, LIST_SERVICES, 'authenticated'],
  ['/grpc.health.v1.Health/Check', EMPTY_MESSAGE, 'open'],
];

const STATUS = {
  right: status.OK,
  forbidden: status.PERMISSION_DENIED,
  unauthenticated: status.UNAUTHENTICATED,
};

const asIs = (bytes: Buffer) => bytes;

describe('Authentication over gRPC', () => {
  let system: SecuredSystem;
  let client: Client;
  let all: Credential[];
  before(async () => {
    system = await startSecuredSystem();
    client = new Client(system.grpc, credentials.createInsecure());
    all = await makeCredentials(system);
  });
  after(async () => {
    client.close();
    await system.close();
  });

  function open(path: string, authorization: string | undefined) {
    const metadata = new Metadata();
    if (authorization !== undefined) metadata.set('authorization', authorization);
    // On the wire a unary call is a stream of one message.
    return client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, metadata);
  }

  /** Sends one request, and resolves to the status. */
  async function ask(path: string, bytes: Buffer, authorization: string | undefined) {
    const call = open(path, authorization);
    const ended = endOf(call);
    call.end(bytes);
    return await ended;
  }

  function endOf(call: ReturnType<typeof open>) {
    let answers = 0;
    call.on('data', () => {
      answers += 1;
    });
    call.on('error', () => {});
    return new Promise<{ code: status; details: string; answers: number }>((resolve) => {
      call.on('status', ({ code, details }) => resolve({ code, details, answers }));
    });
  }

  for (const [path, bytes, needs] of METHODS) {
    it(`asks for ${needs} at ${path}`, async () => {
      const scope = needs === 'open' || needs === 'authenticated' ? 'segments:read' : needs;
      for (const { what, authorization, outcome } of all) {
        const value = authorization(scope);
        const known = needs === 'open' || (needs === 'authenticated' && outcome === 'forbidden');
        const expected = known ? status.OK : STATUS[outcome];
        const { code, details, answers } = await ask(path, bytes, value);
        expect(status[code], `${what}: ${details}`).to.equal(status[expected]);
        expect(answers, what).to.equal(expected === status.OK ? 1 : 0);
        if (expected === status.PERMISSION_DENIED) expect(details).to.contain(scope);
      }
    });
  }

  it('knows every method there is', () => {
    const tested = METHODS.map(([path]) => path);
    expect(tested).to.include.members(Object.values(service).map(({ path }) => path));
  });

  it('ends a stream when its token expires, with every batch answered', async () => {
    const expires = Math.floor(Date.now() / 1_000) + 2;
    const token = await sign(system.signingKey, claims({ exp: expires }));
    const [path, bytes] = request('StoreStream', { batch: { memberships: [one] } });
    const call = open(path, `Bearer ${token}`);
    const ended = endOf(call);
    for (let batch = 0; batch < 20; batch += 1) call.write(bytes);
    const { code, details, answers } = await ended;
    expect(code).to.equal(status.UNAUTHENTICATED);
    expect(details).to.equal('the credential of the stream has expired');
    expect(answers).to.equal(20);
    expect(Date.now()).to.be.at.least(expires * 1_000 - 50);
    expect((await ask(path, bytes, `Bearer ${token}`)).details).to.equal('the token has expired');
  });
});
