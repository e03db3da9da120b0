import { Failure, invalidField } from '../../domain/failure.js';
import { type Membership, parseMembership } from '../../domain/membership.js';
import { checkStored, noRoom } from '../../domain/window.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type Answer, jsonAnswer } from '../answer.js';
import { MAX_LINE_BYTES } from '../bulk/lines.js';
import type { Operation } from '../openapi/operation.js';
import { inside, json, refusals, wrongType } from '../openapi/parts.js';
import { NAME_RULE, name, object, ref } from '../openapi/schema.js';
import { type BodyOptions, readJson } from '../request/body.js';
import { mediaType } from '../request/content.js';
import type { JsonLimits } from '../request/json-counter.js';
import type { HttpRequest, Route } from '../route.js';

export interface StoreOptions extends BodyOptions {
  /** The clock, in milliseconds. */
  now: () => number;
  /** Called for each membership that breaks a rule. */
  onInvalid: () => void;
}

/** `POST /segment`: stores one membership. */
export function storeMembershipRoute(service: SegmentService, options: StoreOptions): Route {
  return {
    method: 'POST',
    path: '/segment',
    needs: 'segments:write',
    handle: (request) => store(request, service, options),
    operation,
    schemas: { Membership: membershipSchema, Accepted: object({ status: { const: 'accepted' } }) },
  };
}

/** The same as for a line of NDJSON: several times the longest membership with every character escaped. */
const LIMITS: JsonLimits = { bytes: MAX_LINE_BYTES };

const JSON_ONLY = ['application/json'] as const;

const ACCEPTED = jsonAnswer(202, { status: 'accepted' });

const MANY = 'the body must be one membership, a JSON object; POST /segments takes many';

async function store(
  request: HttpRequest,
  service: SegmentService,
  options: StoreOptions,
): Promise<Answer> {
  const { now, onInvalid, unknownMembers } = options;
  mediaType(request, JSON_ONLY);
  const body = await readJson(request, LIMITS, options);
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

/** The body of `POST /segment`, and each line or entry of `POST /segments`. */
export const membershipSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['segment', 'user_id'],
  properties: {
    segment: name('The segment.', 'sport'),
    user_id: name('The user.', 'u104010', NAME_RULE),
    occurred_at: {
      type: 'string',
      format: 'date-time',
      description:
        'When the user was seen (RFC 3339): within the window, at most 5 minutes ahead. The arrival when left out.',
      examples: ['2026-05-23T09:30:00Z'],
    },
  },
};

const operation: Operation = {
  tags: ['segments'],
  operationId: 'storeMembership',
  summary: 'Store one membership',
  description: 'Once it answers 202 the membership is durable.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: ref('Membership'),
        examples: {
          now: { summary: 'Seen now', value: { segment: 'sport', user_id: 'u104010' } },
        },
      },
    },
  },
  responses: {
    202: json('Stored', 'Accepted', { status: 'accepted' }),
    ...refusals(
      invalidField('user_id', 'is missing', 'missing_field'),
      new Failure('too-large', `the body must be at most ${LIMITS.bytes} bytes`),
      wrongType('application/json'),
      noRoom(),
    ),
    ...inside(),
  },
};
