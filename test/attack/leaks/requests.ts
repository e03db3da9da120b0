import { credentials, type ServiceError } from '@grpc/grpc-js';
import {
  EstimationServiceClient,
  EstimationServiceService,
} from '../../../src/generated/segment.js';
import { withToken } from '../../../src/uss/es-client/token.js';
import { type Received, type Sent, send } from '../../support/http.js';
import { MARKS } from './marks.js';

/** What a service answers, or that it does not. */
export interface Outcome {
  what: string;
  isFailure: boolean;
  text: string;
}

const { segment, userId: user_id, apiKey } = MARKS;
const NAME = encodeURIComponent(segment);
const MEMBERSHIP = { segment, user_id };
const LONG = segment.repeat(20);
const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const LINES = [
  JSON.stringify(MEMBERSHIP),
  `{"segment":"${user_id}","user_id":${user_id}}`,
  JSON.stringify({ segment: LONG, user_id }),
  JSON.stringify({ ...MEMBERSHIP, occurred_at: user_id }),
  `"${user_id}"`,
].join('\n');

/** Requests of both services that use the marked names, right and wrong. */
const REQUESTS: [path: string, sent?: Sent][] = [
  ['/segment', { body: MEMBERSHIP }],
  ['/segments', { body: LINES, headers: NDJSON }],
  ['/segments', { body: [MEMBERSHIP, { segment: LONG, user_id }] }],
  [`/segment/${NAME}`],
  [`/segment/${NAME}?days=3`],
  // Wrong in one way or another.
  ['/segment', { body: `{"segment":"${segment}","user_id":'${user_id}'}`, headers: JSON_TYPE }],
  ['/segment', { body: { segment: LONG, user_id } }],
  ['/segment', { body: { segment, user_id, occurred_at: user_id } }],
  ['/segment', { body: user_id, headers: { 'content-type': `text/${user_id}` } }],
  ['/segments', { body: LINES, headers: { ...NDJSON, 'content-encoding': 'gzip' } }],
  [`/segment/${NAME}?days=${user_id}`],
  [`/segment/${NAME}?${user_id}=1`],
  [`/segment/${NAME}`, { method: 'PATCH' }],
  [`/segment/%ff${user_id}`],
  [`/${user_id}`],
];

/** The same of what ES alone answers. */
const REQUESTS_OF_ES: [path: string, sent?: Sent][] = [
  ['/segments?details=true'],
  [`/segments?prefix=${NAME}&sort=name`],
  [`/segments?cursor=${user_id}&sort=${user_id}`],
  [`/segment/${NAME}/estimate`],
  [`/segment/${NAME}/estimate?days=3`],
  [`/segment/${NAME}/history`],
  ['/overlap', { body: { segments: [segment, 'other'] } }],
  ['/overlap', { body: { segments: [LONG, 'other'], days: user_id } }],
  ['/estimate', { body: { all: [segment], none: ['other'] } }],
  [`/segment/${NAME}`, { method: 'DELETE' }],
];

/** Makes every request at once, REST and gRPC. */
export async function makeRequests(
  urls: { es: string; uss: string },
  grpc: string,
): Promise<Outcome[]> {
  const toBoth = Object.values(urls).flatMap((base) => REQUESTS.map((one) => ask(base, ...one)));
  const toEs = REQUESTS_OF_ES.map((one) => ask(urls.es, ...one));
  return Promise.all([...toBoth, ...toEs, ...makeCalls(grpc)]);
}

/** Makes a request with the marked API key unless it brings another credential. */
export async function ask(base: string, path: string, sent: Sent = {}): Promise<Outcome> {
  const headers = { authorization: `Bearer ${apiKey}`, ...sent.headers };
  const what = `${sent.method ?? ''} ${path}`;
  const answer = await send(base, path, { ...sent, headers }).catch((error: Error) => error);
  if (answer instanceof Error) return { what, isFailure: true, text: answer.message };
  return { what, isFailure: answer.status >= 400, text: whole(answer) };
}

function whole({ text, headers }: Received): string {
  return `${text}\n${JSON.stringify(headers)}`;
}

/** Calls every method that takes names, and one with bytes that are no message. */
function makeCalls(address: string): Promise<Outcome>[] {
  const interceptors = withToken(apiKey);
  const client = new EstimationServiceClient(address, credentials.createInsecure(), {
    interceptors,
  });
  type Done = (error: ServiceError | null, answer?: unknown) => void;
  const membership = { segment, userId: user_id, occurredAt: undefined };
  const segments = [segment, 'other'];
  const calls: Record<string, (done: Done) => unknown> = {
    store: (done) => client.store(membership, done),
    tooLong: (done) => client.store({ ...membership, segment: LONG }, done),
    storeBatch: (done) =>
      client.storeBatch(
        { memberships: [membership], packed: undefined, traceparent: undefined },
        done,
      ),
    count: (done) => client.count({ segment, days: undefined }, done),
    countBatch: (done) => client.countBatch({ segments, days: 3 }, done),
    estimate: (done) => client.estimate({ segment, days: undefined }, done),
    history: (done) => client.history({ segment, days: undefined }, done),
    overlap: (done) => client.overlap({ segments, days: undefined }, done),
    deleteSegment: (done) => client.deleteSegment({ segment }, done),
    undecodable: (done) =>
      client.makeUnaryRequest(
        EstimationServiceService.store.path,
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.from(user_id),
        done,
      ),
  };
  const outcomes = Object.entries(calls).map(
    ([what, call]) =>
      new Promise<Outcome>((resolve) => {
        call((error, answer) =>
          resolve({
            what,
            isFailure: error !== null,
            text: error === null ? JSON.stringify(answer) : describe(error),
          }),
        );
      }),
  );
  void Promise.all(outcomes).then(() => client.close());
  return outcomes;
}

function describe({ details, metadata }: ServiceError): string {
  return `${details}\n${JSON.stringify(metadata.getMap())}`;
}
