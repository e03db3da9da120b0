import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import { CountResponse } from '../../src/generated/segment.js';
import { countOf } from '../../src/uss/es-client/failures.js';
import { storeUsers } from '../support/es.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';

const DEFINITION = loadSync('proto/segment.proto', { keepCase: true });

interface Field {
  name: string;
  type: string;
  label: string;
  typeName: string;
}

const fieldsOf = (message: string) =>
  (DEFINITION[message] as unknown as { type: { field: Field[] } }).type.field;

/** Numbers and flags that a message could have and does not, and so do all messages in it. */
function missing(message: string, value: object, path = ''): string[] {
  return fieldsOf(message).flatMap(({ name, type, label, typeName }) => {
    const member = (value as Record<string, unknown>)[name];
    const here = `${path}.${name}`;
    if (type === 'TYPE_MESSAGE') {
      if (typeName.startsWith('google.')) return [];
      const all = (Array.isArray(member) ? member : [member]).filter((one) => one !== undefined);
      const known = typeName.startsWith('segment.v1.') ? typeName : `segment.v1.${typeName}`;
      return all.flatMap((one) => missing(known, one as object, here));
    }
    if (label === 'LABEL_REPEATED' || type === 'TYPE_STRING' || type === 'TYPE_ENUM') return [];
    return member === undefined ? [here] : [];
  });
}

const QUESTIONS: [method: string, request: object][] = [
  ['Count', { segment: 'nobody' }],
  ['Count', { segment: 'nobody', days: 1 }],
  ['CountBatch', { segments: ['nobody', 'other'] }],
  ['Estimate', { segment: 'nobody' }],
  ['History', { segment: 'nobody' }],
  ['Overlap', { segments: ['nobody', 'other'] }],
  ['Overlap', { segments: ['nobody', 'some', 'other'] }],
  ['EstimateExpression', { all: ['nobody'] }],
  ['EstimateExpression', { any: ['some'], none: ['nobody'] }],
  ['Similar', { segment: 'nobody' }],
  ['Similar', { segment: 'some' }],
  ['ListSegments', { prefix: 'nobody' }],
  ['ListSegments', { details: true }],
];

describe('Answers over gRPC', () => {
  let system: System;
  let client: RpcClient;
  before(async () => {
    system = await startSystem();
    // It shows what is on the wire alone, as grpcurl does.
    client = createRpcClient(system.grpc, undefined, undefined, false);
    await storeUsers(system.urls.es, 'some', [0, 3], 10);
  });
  after(async () => {
    client.close();
    await system.close();
  });

  for (const [method, request] of QUESTIONS) {
    it(`have every number on the wire, ${method} of ${JSON.stringify(request)}`, async () => {
      const answer = await client.call(method, request);
      expect(missing(`segment.v1.${method}Response`, answer)).to.deep.equal([]);
    });
  }

  it('tell a count of 0', async () => {
    expect(await client.call('Count', { segment: 'nobody' })).to.deep.equal({
      segment: 'nobody',
      user_count: 0,
    });
  });

  it('tell no number where there is a failure', async () => {
    const day = new Date().toISOString().slice(0, 10);
    await system.redis.set(`es:{broken}:${day}`, 'no HyperLogLog');
    const request = { segments: ['broken', 'nobody'], takes_failures: true };
    const { counts } = await client.call('CountBatch', request);
    expect(counts[0]).to.have.all.keys('segment', 'failure');
    expect(counts[1]).to.deep.equal({ segment: 'nobody', user_count: 0 });
  });

  it('are understood from an ES that leaves out 0, and by a USS that knows no presence', () => {
    expect(countOf(CountResponse.decode(new Uint8Array([0x0a, 1, 0x61])))).to.equal(0);
    const bytes = CountResponse.encode({ segment: 'a', userCount: 0, failure: undefined }).finish();
    expect(Buffer.from(bytes).toString('hex')).to.equal('0a01611000');
  });
});
