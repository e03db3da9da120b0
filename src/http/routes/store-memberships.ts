import { Failure, toFailure } from '../../domain/failure.js';
import { MAX_BATCH, parseMembership } from '../../domain/membership.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import type { Quota } from '../../limits/clients.js';
import { BULK_BATCH } from '../../limits/in-flight.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type Answer, jsonAnswer } from '../answer.js';
import { MAX_ERRORS } from '../bulk/batch.js';
import type { BulkSink } from '../bulk/batcher.js';
import { type BulkOptions, storeBulk } from '../bulk/bulk.js';
import { MAX_LINE_BYTES } from '../bulk/lines.js';
import { MAX_WASTED, readNdjson } from '../bulk/ndjson.js';
import { type BulkRoom, createBulkRoom } from '../bulk/room.js';
import type { Operation } from '../openapi/operation.js';
import { inside, json, refusals, wrongType } from '../openapi/parts.js';
import { refusedLine } from '../openapi/problem-schema.js';
import { object, ref } from '../openapi/schema.js';
import { readJson } from '../request/body.js';
import { chunks } from '../request/body-stream.js';
import { MEDIA_TYPES, mediaType } from '../request/content.js';
import type { JsonLimits } from '../request/json-counter.js';
import { takeBody } from '../request/whole-body.js';
import type { HttpRequest, Route } from '../route.js';
import { membershipSchema, type StoreOptions } from './store-membership.js';

/** `POST /segments`: stores many memberships, as NDJSON or as a JSON array. */
export function storeMembershipsRoute(service: SegmentService, options: StoreOptions): Route {
  const room = createBulkRoom();
  return {
    method: 'POST',
    path: '/segments',
    needs: 'segments:write',
    handle: (request) => store(request, service, room, options),
    operation,
    schemas: { Membership: membershipSchema, BulkSummary: summarySchema },
  };
}

/** The limits of a JSON array; its memberships may have members that are ignored. */
const ARRAY_LIMITS: JsonLimits = {
  bytes: 16 * 1024 * 1024,
  values: 16 * MAX_BATCH,
  entries: MAX_BATCH,
  instead: 'NDJSON has no limit',
};

async function store(
  request: HttpRequest,
  service: SegmentService,
  room: BulkRoom,
  options: StoreOptions,
): Promise<Answer> {
  const { now, onInvalid, clients, unknownMembers } = options;
  const type = mediaType(request, ['application/x-ndjson', 'application/json']);
  const read = (bulk: BulkSink) => {
    const sink: BulkSink = {
      add: bulk.add,
      room: bulk.room,
      refuse(line, why) {
        onInvalid();
        bulk.refuse(line, why);
      },
    };
    return type === 'application/json'
      ? readArray(request, sink, options)
      : readNdjson(takeBody(request) ?? chunks(request), now, sink, unknownMembers);
  };
  const storeBatch = (groups: readonly MembershipGroup[]) => service.storeBatch(groups, request);
  const charges = chargesOf(request, clients.quota);
  return jsonAnswer(202, await storeBulk({ storeBatch }, read, { room, ...charges }));
}

/**
 * How the client is charged for a bulk body: for each membership before its batch is stored, for each refused line after
 * the refusal. No batch is larger than the burst of a client; a larger one could never be charged.
 */
function chargesOf(
  request: HttpRequest,
  quota: Quota | undefined,
): Pick<BulkOptions, 'maxBatch' | 'chargeRefused'> {
  if (quota === undefined) return {};
  return {
    maxBatch: Math.min(BULK_BATCH, quota.burst),
    chargeRefused: (lines) => quota.chargeAfterwards(request, lines),
  };
}

const LINES = 'with a membership a line, Content-Type must be application/x-ndjson';

async function readArray(
  request: HttpRequest,
  sink: BulkSink,
  options: StoreOptions,
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

const summarySchema = object({
  accepted: { type: 'integer', minimum: 0, description: 'Memberships stored.' },
  rejected: { type: 'integer', minimum: 0, description: 'Lines refused.' },
  errors: {
    type: 'array',
    maxItems: MAX_ERRORS,
    description: `The first ${MAX_ERRORS} refusals by line.`,
    items: refusedLine,
  },
});

const NDJSON_NAMES = MEDIA_TYPES['application/x-ndjson'].map((name) => `\`${name}\``).join(', ');

const operation: Operation = {
  tags: ['segments'],
  operationId: 'storeMemberships',
  summary: 'Store many memberships',
  description: `One membership a line (NDJSON, of any length, streamed), or a JSON array of up to ${MAX_BATCH.toLocaleString('en')}.
\`Content-Encoding: gzip\` is welcome. NDJSON may be called ${NDJSON_NAMES}, too. What is wrong with a line refuses that line alone; where ${MAX_WASTED.toLocaleString('en')} lines more than
had a membership are refused or blank, the body ends there.`,
  requestBody: {
    required: true,
    content: {
      'application/x-ndjson': {
        schema: {
          type: 'string',
          description: `A Membership a line; a line has at most ${MAX_LINE_BYTES} bytes.`,
        },
        examples: {
          two: {
            summary: 'Two lines',
            value:
              '{"segment":"sport","user_id":"u104010"}\n{"segment":"news","user_id":"u104010"}\n',
          },
        },
      },
      'application/json': {
        schema: { type: 'array', maxItems: MAX_BATCH, items: ref('Membership') },
        examples: {
          one: { summary: 'One entry', value: [{ segment: 'sport', user_id: 'u104010' }] },
        },
      },
    },
  },
  responses: {
    202: json('Read to the end; every accepted membership is durable', 'BulkSummary', {
      accepted: 2,
      rejected: 1,
      errors: [
        {
          line: 3,
          detail: 'segment must not be empty',
          code: 'invalid_field',
          field: 'segment',
        },
      ],
    }),
    ...refusals(
      new Failure('invalid', 'the body is not valid gzip, or is cut short'),
      new Failure(
        'too-large',
        `the array must have at most ${MAX_BATCH} entries; ${ARRAY_LIMITS.instead}`,
      ),
      wrongType('application/x-ndjson', 'application/json'),
    ),
    ...inside(),
  },
};
