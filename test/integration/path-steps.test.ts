import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { send } from '../support/http.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';
import { until } from '../support/until.js';

const WHY = /must not be \. or \.\., which clients take out of paths; use another name$/;
const LINES = { headers: { 'content-type': 'application/x-ndjson' } };

/** What asks by name, and what it sends; USS answers those that both have. */
const REQUESTS: [
  what: string,
  ofBoth: boolean,
  request: (step: string) => Parameters<typeof ask>,
][] = [
  ['a membership', true, (segment) => ['POST', '/segment', { segment, user_id: 'u' }]],
  ['counts', true, (segment) => ['POST', '/counts', { segments: ['a', segment] }]],
  ['an overlap', false, (segment) => ['POST', '/overlap', { segments: ['a', segment] }]],
  ['an expression', false, (segment) => ['POST', '/estimate', { all: ['a'], none: [segment] }]],
  ...['', '/estimate', '/history', '/similar'].map((rest): (typeof REQUESTS)[number] => [
    `a path with ${rest}`,
    rest === '',
    (step) => ['GET', `/segment/${step}${rest}`],
  ]),
  ['a DELETE', false, (step) => ['DELETE', `/segment/${step}`]],
];

const ask = (method: string, path: string, body?: object) => ({ method, path, body });

/** The ways to write a name into a path. */
const ENCODED = { '.': ['.', '%2e', '%2E'], '..': ['..', '%2e%2E', '.%2e', '%2E.'] };

describe('Segments that are steps of a path', () => {
  let system: System;
  let rpc: RpcClient;
  before(async () => {
    system = await startSystem();
    rpc = createRpcClient(system.grpc);
  });
  after(async () => {
    rpc.close();
    await system.close();
  });

  for (const [what, ofBoth, request] of REQUESTS) {
    for (const [step, written] of Object.entries(ENCODED)) {
      it(`refuses ${step} in ${what}`, async () => {
        const isInBody = request(step)[2] !== undefined;
        for (const form of isInBody ? [step] : written) {
          const { method, path, body } = ask(...request(form));
          for (const base of ofBoth ? Object.values(system.urls) : [system.urls.es]) {
            const answer = await send(base, path, { method, ...(body && { body }) });
            expect([answer.status, answer.json?.detail ?? ''], path).to.satisfy(
              ([code, detail]: [number, string]) => code === 400 && WHY.test(detail),
            );
          }
        }
      });
    }
  }

  it('refuses them alone in a bulk body, however their line is written, and takes users of that name', async () => {
    const bodies = [
      '{"segment":".","user_id":"u"}\n{"segment":"kept","user_id":"."}\n{"user_id":"..","segment":".."}\n{"segment":"\\u002e","user_id":"u"}\n{"segment": "..", "user_id": "u"}',
      '[{"segment":".","user_id":"u"},{"segment":"kept","user_id":"."},{"segment":"..","user_id":"u"},{"segment":"\\u002e.","user_id":"u"},{"segment":"..","user_id":"."}]',
    ];
    for (const base of Object.values(system.urls)) {
      for (const body of bodies) {
        const headers = body.startsWith('[')
          ? { 'content-type': 'application/json' }
          : LINES.headers;
        const { json } = await send(base, '/segments', { body, headers });
        expect(json.accepted).to.equal(1);
        expect(json.rejected).to.equal(4);
        for (const { detail } of json.errors) expect(detail).to.match(WHY);
      }
    }
  });

  for (const segment of ['.', '..']) {
    it(`refuses ${segment} over gRPC`, async () => {
      const today = utcDay(Date.now());
      const packed = { segments: segment, days: [today], sizes: [1], user_ids: 'u' };
      for (const [method, request] of [
        ['Store', { segment, user_id: 'u' }],
        ['StoreBatch', { memberships: [{ segment, user_id: 'u' }] }],
        ['StoreBatch', { packed }],
        ['Count', { segment }],
        ['CountBatch', { segments: [segment] }],
        ['Estimate', { segment }],
        ['History', { segment }],
        ['Similar', { segment }],
        ['Overlap', { segments: ['a', segment] }],
        ['EstimateExpression', { any: [segment] }],
      ] as const) {
        const error = await rpc.call(method, request).catch((reason) => reason);
        expect(error.code, method).to.equal(status.INVALID_ARGUMENT);
        expect(error.details).to.match(WHY);
      }
    });

    it(`lists ${segment} where it was stored once, and deletes it over gRPC`, async () => {
      const { redis, urls } = system;
      const today = utcDay(Date.now());
      await redis.pfadd(`es:{${segment}}:${formatUtcDay(today)}`, 'u1', 'u2');
      await redis.zadd('es:segments', today, segment);
      const listed = async () =>
        (await send(urls.es, '/segments')).json.segments.find(
          (one: { segment: string }) => one.segment === segment,
        );
      await until(async () => (await listed())?.user_count === 2);
      await rpc.call('DeleteSegment', { segment });
      expect(await listed()).to.equal(undefined);
      expect(await redis.exists(`es:{${segment}}:${formatUtcDay(today)}`)).to.equal(0);
    });
  }
});
