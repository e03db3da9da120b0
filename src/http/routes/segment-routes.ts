import { countOrNull } from '../../domain/count.js';
import { Failure, toFailure } from '../../domain/failure.js';
import {
  MAX_BATCH,
  MAX_COUNTS,
  type Membership,
  parseMembership,
  parseSegment,
  parseSegments,
} from '../../domain/membership.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import { checkStored } from '../../domain/window.js';
import type { Clients, Quota } from '../../limits/clients.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type Answer, jsonAnswer } from '../answer.js';
import { type BulkOptions, type BulkSink, storeBulk } from '../bulk/bulk.js';
import { MAX_LINE_BYTES } from '../bulk/lines.js';
import { readNdjson } from '../bulk/ndjson.js';
import { type BulkRoom, createBulkRoom } from '../bulk/room.js';
import { type BodyOptions, readJson, readObject } from '../request/body.js';
import { chunks } from '../request/body-stream.js';
import { mediaType } from '../request/content.js';
import { parseDaysMember, parseDaysQuery } from '../request/days.js';
import type { JsonLimits } from '../request/json-counter.js';
import type { HttpRequest, Route } from '../route.js';

/** Of a `POST /segment`: several times the longest membership with every character escaped, as for a line of NDJSON. */
const MEMBERSHIP_LIMITS: JsonLimits = { bytes: MAX_LINE_BYTES };

/** Of a `POST /counts`: 1,000 of the longest segments with every character escaped, and some too many to be told of. */
const COUNTS_LIMITS: JsonLimits = { bytes: 2 * 1024 * 1024, values: 2 * MAX_COUNTS };

/** Of a JSON array; its memberships may have members that are passed over. */
const ARRAY_LIMITS: JsonLimits = {
  bytes: 16 * 1024 * 1024,
  values: 16 * MAX_BATCH,
  entries: MAX_BATCH,
  instead: 'NDJSON has no limit',
};

export interface SegmentRoutesOptions extends BodyOptions {
  /** The clock, in milliseconds. */
  now: () => number;
  /** Told of each membership that breaks a rule. */
  onInvalid: () => void;
  clients: Clients;
}

/** The routes both services share: store one membership, store many, count a segment. */
export function createSegmentRoutes(
  service: SegmentService,
  options: SegmentRoutesOptions,
): Route[] {
  const room = createBulkRoom();
  return [
    {
      path: '/segment',
      needs: WRITE,
      post: (request) => storeOne(request, service, options),
    },
    {
      path: '/segments',
      needs: WRITE,
      post: (request) => storeMany(request, service, room, options),
    },
    {
      path: '/segment/:segment',
      needs: READ,
      parameters: ['days'],
      get: (request) => count(request, service),
    },
    { path: '/counts', needs: READ, post: (request) => countMany(request, service, options) },
  ];
}

const WRITE = 'segments:write';
const READ = 'segments:read';

const JSON_ONLY = ['application/json'] as const;

const ACCEPTED = jsonAnswer(202, { status: 'accepted' });

const MANY = 'the body must be one membership, a JSON object; POST /segments takes many';

async function storeOne(
  request: HttpRequest,
  service: SegmentService,
  options: SegmentRoutesOptions,
): Promise<Answer> {
  const { now, onInvalid, unknownMembers } = options;
  mediaType(request, JSON_ONLY);
  const body = await readJson(request, MEMBERSHIP_LIMITS, options);
  let membership: Membership;
  try {
    if (Array.isArray(body)) throw new Failure('invalid', MANY);
    membership = parseMembership(body, now(), unknownMembers);
  } catch (error) {
    onInvalid();
    throw error;
  }
  checkStored(membership, await service.store(membership, request));
  return ACCEPTED;
}

async function storeMany(
  request: HttpRequest,
  service: SegmentService,
  room: BulkRoom,
  options: SegmentRoutesOptions,
): Promise<Answer> {
  const { now, onInvalid, clients, unknownMembers } = options;
  const type = mediaType(request, ['application/x-ndjson', 'application/json']);
  const read = (bulk: BulkSink) => {
    const sink: BulkSink = {
      ...bulk,
      refuse(line, why) {
        onInvalid();
        bulk.refuse(line, why);
      },
    };
    return type === 'application/json'
      ? readArray(request, sink, options)
      : readNdjson(chunks(request), now, sink, unknownMembers);
  };
  const store = (groups: readonly MembershipGroup[]) => service.storeBatch(groups, request);
  const charged = { room, ...chargesOf(request, clients.quota) };
  return jsonAnswer(202, await storeBulk({ storeBatch: store }, read, charged));
}

/**
 * How a bulk body is charged to its client: each membership before its batch is stored, each line that is refused once it is.
 * No batch is larger than what may be asked for at once, so that there is always a beginning.
 */
function chargesOf(
  request: HttpRequest,
  quota: Quota | undefined,
): Pick<BulkOptions, 'maxBatch' | 'chargeRefused'> {
  if (quota === undefined) return {};
  return {
    maxBatch: Math.min(MAX_BATCH, quota.burst),
    chargeRefused: (lines) => quota.chargeAfterwards(request, lines),
  };
}

const LINES = 'with a membership a line, Content-Type must be application/x-ndjson';

async function readArray(
  request: HttpRequest,
  sink: BulkSink,
  options: SegmentRoutesOptions,
): Promise<void> {
  const values = await readJson(request, ARRAY_LIMITS, options, LINES);
  if (!Array.isArray(values)) {
    throw new Failure('invalid', `the body must be a JSON array; ${LINES}`);
  }
  const time = options.now();
  values.forEach((value, index) => {
    try {
      sink.add(index + 1, parseMembership(value, time, options.unknownMembers));
    } catch (error) {
      sink.refuse(index + 1, toFailure(error));
    }
  });
  await sink.room(0);
}

async function count(request: HttpRequest, service: SegmentService): Promise<Answer> {
  const segment = parseSegment('segment', request.params.segment);
  const days = parseDaysQuery(request.query);
  return jsonAnswer(200, { segment, user_count: await service.count(segment, days, request) });
}

async function countMany(
  request: HttpRequest,
  service: SegmentService,
  options: SegmentRoutesOptions,
): Promise<Answer> {
  const members = ['segments', 'days'];
  const { segments, days } = await readObject(request, COUNTS_LIMITS, members, options);
  const asked = parseDaysMember(days);
  const names = parseSegments(segments);
  const counts = await service.countBatch(names, asked, request);
  return jsonAnswer(200, {
    counts: names.map((segment) => ({ segment, user_count: countOrNull(counts.get(segment)) })),
  });
}
