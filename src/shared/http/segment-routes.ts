import type { IncomingMessage } from 'node:http';
import { Failure } from '../failure.js';
import { MAX_BATCH, outOfWindow, parseMembership, parseName } from '../membership.js';
import type { SegmentService } from '../segment-service.js';
import type { Answer } from './answer.js';
import type { RequestContext, Route } from './app.js';
import { bodyStream, chunks, mediaType, readJson } from './body.js';
import { storeBulk } from './bulk.js';
import { type Entry, readNdjson } from './ndjson.js';

/** Most bytes of a `POST /segment`: several times the longest membership with every character escaped. */
const MAX_MEMBERSHIP_BYTES = 16_384;

/** Most bytes of a JSON array, once unzipped. NDJSON has no limit. */
const MAX_ARRAY_BYTES = 16 * 1024 * 1024;

/**
 * The routes both services share: store one membership, store many, count a segment.
 *
 * @param now the clock, in milliseconds
 */
export function createSegmentRoutes(service: SegmentService, now: () => number): Route[] {
  return [
    { path: '/segment', post: (request) => storeOne(request, service, now) },
    { path: '/segments', post: (request) => storeMany(request, service, now) },
    { path: '/segment/:segment', get: (_request, context) => count(context, service) },
  ];
}

async function storeOne(
  request: IncomingMessage,
  service: SegmentService,
  now: () => number,
): Promise<Answer> {
  mediaType(request, ['application/json']);
  const membership = parseMembership(await readJson(request, MAX_MEMBERSHIP_BYTES), now());
  const outcome = await service.store([membership]);
  if (outcome.outOfWindow.length > 0) throw new Failure('invalid', outOfWindow(outcome.windowDays));
  return { status: 202, json: { status: 'accepted' } };
}

async function storeMany(
  request: IncomingMessage,
  service: SegmentService,
  now: () => number,
): Promise<Answer> {
  const type = mediaType(request, ['application/x-ndjson', 'application/json']);
  const entries =
    type === 'application/json' ? readArray(request) : readNdjson(chunks(bodyStream(request)));
  return { status: 202, json: await storeBulk(entries, service, now) };
}

async function* readArray(request: IncomingMessage): AsyncGenerator<Entry[]> {
  const values = await readJson(request, MAX_ARRAY_BYTES);
  if (!Array.isArray(values)) throw new Failure('invalid', 'the body must be a JSON array');
  if (values.length > MAX_BATCH) {
    throw new Failure(
      'too-large',
      `the array must have at most ${MAX_BATCH} entries, not ${values.length}; NDJSON has no limit`,
    );
  }
  yield values.map((value, index) => ({ line: index + 1, value }));
}

async function count({ params, query }: RequestContext, service: SegmentService): Promise<Answer> {
  const segment = parseName('segment', params.segment);
  const days = parseDays(query.getAll('days'));
  return { status: 200, json: { segment, user_count: await service.count(segment, days) } };
}

/** Checks the form of `days`; which of them are within the window is for its keeper to say. */
function parseDays(values: string[]): number | undefined {
  if (values.length === 0) return undefined;
  const [text] = values;
  if (values.length > 1 || text === undefined || !/^\d{1,9}$/.test(text)) {
    throw new Failure('invalid', 'days must be one whole number from 1 to the days of the window');
  }
  return Number(text);
}
