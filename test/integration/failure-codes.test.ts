import { once } from 'node:events';
import { Client, compressionAlgorithms, credentials, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { ERROR_CODE, ERROR_FIELD } from '../../src/domain/failure.js';
import { CountRequest } from '../../src/generated/segment.js';
import { type Sent, send } from '../support/http.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const OLD = '2001-01-01T00:00:00Z';
const AHEAD = '2999-01-01T00:00:00Z';

/** What both services refuse, and how a program can tell why. */
const REFUSED: [path: string, sent: Sent, code: string, field?: string][] = [
  ['/segment', { body: {} }, 'missing_field', 'segment'],
  ['/segment', { body: { segment: 's' } }, 'missing_field', 'user_id'],
  ['/segment', { body: { segment: 7, user_id: 'u' } }, 'invalid_field', 'segment'],
  ['/segment', { body: { segment: 's', user_id: 'a\nb' } }, 'invalid_field', 'user_id'],
  ['/segment', { body: { segment: 's', user_id: 'u', day: 3 } }, 'unknown_field', 'day'],
  ...[OLD, AHEAD].map((occurred_at): [string, Sent, string, string] => [
    '/segment',
    { body: { segment: 's', user_id: 'u', occurred_at } },
    'out_of_window',
    'occurred_at',
  ]),
  ['/segment', { body: 'x', headers: JSON_TYPE }, 'invalid_json'],
  ['/segment', { body: '{"a":1,"a":1}', headers: JSON_TYPE }, 'invalid_json', 'a'],
  ['/segment', { body: [] }, 'invalid_request'],
  ['/segment', { body: 'x' }, 'unsupported_type'],
  ['/segment', { body: { segment: 'x'.repeat(20_000) } }, 'too_large'],
  ['/segment', { method: 'PUT', body: {} }, 'method_not_allowed'],
  ['/segment/s?days=99', {}, 'invalid_field', 'days'],
  ['/segment/s?days=x', {}, 'invalid_field', 'days'],
  ['/segment/s?Day=1', {}, 'unknown_parameter', 'Day'],
  ['/segment/%00', {}, 'invalid_field', 'segment'],
  ['/counts', { body: { segments: ['a', ''] } }, 'invalid_field', 'segments[1]'],
  ['/counts', { body: { segments: ['a'], days: 99 } }, 'invalid_field', 'days'],
  ['/segment', { body: { segment: '.', user_id: 'u' } }, 'invalid_field', 'segment'],
  ['/segment/%2e%2e', {}, 'invalid_field', 'segment'],
  ['/counts', { body: { segments: ['a', '..'] } }, 'invalid_field', 'segments[1]'],
  ['/nothing', {}, 'not_found'],
];

const REFUSED_CALLS: [method: string, request: object, code: string, field?: string][] = [
  ['Store', { segment: 's' }, 'invalid_field', 'user_id'],
  [
    'Store',
    { segment: 's', user_id: 'u', occurred_at: { seconds: 1 } },
    'out_of_window',
    'occurred_at',
  ],
  [
    'StoreBatch',
    { memberships: [{ segment: 's', user_id: '' }] },
    'invalid_field',
    'memberships[0].user_id',
  ],
  [
    'StoreBatch',
    {
      memberships: [
        { segment: 's', user_id: 'u' },
        { segment: '..', user_id: 'u' },
      ],
    },
    'invalid_field',
    'memberships[1].segment',
  ],
  ['Count', { segment: 's', days: 99 }, 'invalid_field', 'days'],
  ['CountBatch', { segments: ['a', 'b', 'c\0'] }, 'invalid_field', 'segments[2]'],
  ['Similar', { segment: 's', limit: 101 }, 'invalid_field', 'limit'],
  ['Overlap', { segments: ['a'] }, 'invalid_field', 'segments'],
  ['EstimateExpression', {}, 'invalid_request'],
];

const COUNT = Buffer.from(CountRequest.encode({ segment: 's', days: undefined }).finish());

/** Bytes of messages that no client of the contract sends, or how it sends them. */
const REFUSED_BYTES: Record<string, [method: string, sent: Buffer[], code: string, gzip?: true]> = {
  'one that is no message': ['Store', [Buffer.from('not protobuf')], 'invalid_request'],
  'one that is no message in a stream': ['StoreStream', [Buffer.from('x')], 'invalid_request'],
  'one that is too long': ['Count', [Buffer.alloc(100_000)], 'too_large'],
  'one that is too long, in a stream': ['StoreStream', [Buffer.alloc(2 ** 25)], 'too_large'],
  'two where there is one': ['Count', [COUNT, COUNT], 'method_not_allowed'],
  'a compressed one': ['Count', [COUNT], 'method_not_allowed', true],
};

describe('The code of a failure', () => {
  let system: System;
  let client: RpcClient;
  before(async () => {
    system = await startSystem();
    client = createRpcClient(system.grpc);
  });
  after(async () => {
    client.close();
    await system.close();
  });

  for (const [path, sent, code, field] of REFUSED) {
    it(`is ${code} for ${sent.method ?? 'a request'} ${path} ${JSON.stringify(sent.body ?? '').slice(0, 60)}`, async () => {
      for (const base of Object.values(system.urls)) {
        const { json } = await send(base, path, sent);
        expect([json.code, json.field], json.detail).to.deep.equal([code, field]);
      }
    });
  }

  for (const [method, request, code, field] of REFUSED_CALLS) {
    it(`is ${code} in a trailer of ${method} ${JSON.stringify(request)}`, async () => {
      const error: ServiceError = await client.call(method, request).then(
        () => expect.fail('it was answered'),
        (thrown) => thrown,
      );
      expect(reportedBy(error), error.details).to.deep.equal([code, field]);
    });
  }

  for (const [what, [method, sent, code, gzip]] of Object.entries(REFUSED_BYTES)) {
    it(`is ${code} in a trailer of ${method}, for ${what}`, async () => {
      const raw = new Client(system.grpc, credentials.createInsecure(), {
        'grpc.default_compression_algorithm': compressionAlgorithms[gzip ? 'gzip' : 'identity'],
      });
      const asIs = (bytes: Buffer) => bytes;
      const path = `/segment.v1.EstimationService/${method}`;
      const call = raw.makeBidiStreamRequest(path, asIs, asIs);
      for (const bytes of sent) call.write(bytes);
      call.end();
      const [error] = await once(call, 'error');
      raw.close();
      expect(reportedBy(error), error.details).to.deep.equal([code, undefined]);
    });
  }
});

/** The code and the field that the trailers of a call have. */
function reportedBy({ metadata }: ServiceError) {
  return [ERROR_CODE, ERROR_FIELD].map((name) => metadata.get(name)[0]);
}
