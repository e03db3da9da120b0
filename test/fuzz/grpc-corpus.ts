import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { utcDay } from '../../src/domain/utc-day.js';
import {
  CountBatchRequest,
  CountRequest,
  StoreBatchRequest,
  StoreRequest,
  StoreStreamRequest,
} from '../../src/generated/segment.js';
import type { Dice } from './dice.js';
import { insertOneOf, type Mutation, splice } from './mutate.js';
import { makeName } from './rest-corpus.js';

/** A method of the gRPC side of ES, and requests to it that are valid. */
export interface Method {
  path: string;
  /** Whether it answers one request, or goes on. */
  form: 'unary' | 'stream' | 'watch';
  make(dice: Dice): Buffer;
}

const nameOf = (dice: Dice) => makeName(dice, 's', 40);
const daysOf = (dice: Dice) => (dice.chance(0.5) ? undefined : 1 + dice.below(14));

function makeMessage(dice: Dice) {
  const seconds = Math.floor(Date.now() / 1_000) - dice.below(13 * 86_400);
  return {
    segment: nameOf(dice),
    userId: makeName(dice, 'u', 1e9),
    occurredAt: dice.chance(0.5) ? { seconds, nanos: dice.below(1e9) } : undefined,
  };
}

function makeBatch(dice: Dice): StoreBatchRequest {
  const many = (limit: number) => Array.from({ length: dice.below(limit) });
  const sizes = many(5).map(() => 1 + dice.below(4));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    memberships: many(5).map(() => makeMessage(dice)),
    packed: {
      segments: sizes.map(() => nameOf(dice)).join('\n'),
      days: sizes.map(() => utcDay(Date.now()) - dice.below(16)),
      sizes,
      userIds: Array.from({ length: total }, () => makeName(dice, 'u', 1e9)).join('\n'),
    },
  };
}

const SYMBOLS = [
  'segment.v1.EstimationService',
  'segment.v1.EstimationService.Store',
  'segment.proto',
  'nothing',
  'constructor',
  '__proto__',
  'toString',
  'grpc.health.v1.Health',
  '.',
  '',
  '.segment.v1',
  '\u0000',
];

/** A ServerReflectionRequest: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md */
function makeReflection(dice: Dice): Buffer {
  const writer = new BinaryWriter();
  if (dice.chance(0.2)) writer.uint32(10).string('localhost');
  const field = 3 + dice.below(5);
  if (field === 5) {
    writer.uint32(42).fork().uint32(10).string(dice.pick(SYMBOLS));
    writer
      .uint32(16)
      .int32(dice.below(100) - 50)
      .join();
  } else writer.uint32((field << 3) | 2).string(dice.pick(SYMBOLS));
  return Buffer.from(writer.finish());
}

function makeHealth(dice: Dice): Buffer {
  const service = dice.pick(['', 'segment.v1.EstimationService', 'nothing', '__proto__']);
  return Buffer.from(new BinaryWriter().uint32(10).string(service).finish());
}

const own = (name: string, form: Method['form'], make: (dice: Dice) => BinaryWriter): Method => ({
  path: `/segment.v1.EstimationService/${name}`,
  form,
  make: (dice) => Buffer.from(make(dice).finish()),
});

const reflection = (version: string): Method => ({
  path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
  form: 'stream',
  make: makeReflection,
});

const health = (name: string, form: Method['form']): Method => ({
  path: `/grpc.health.v1.Health/${name}`,
  form,
  make: makeHealth,
});

export const OWN_METHODS: readonly Method[] = [
  own('Store', 'unary', (dice) => StoreRequest.encode(makeMessage(dice))),
  own('StoreBatch', 'unary', (dice) => StoreBatchRequest.encode(makeBatch(dice))),
  own('StoreStream', 'stream', (dice) =>
    StoreStreamRequest.encode({ sequence: dice.below(2 ** 32), batch: makeBatch(dice) }),
  ),
  own('Count', 'unary', (dice) =>
    CountRequest.encode({ segment: nameOf(dice), days: daysOf(dice) }),
  ),
  own('CountBatch', 'unary', (dice) => {
    const segments = Array.from({ length: 1 + dice.below(5) }, () => nameOf(dice));
    return CountBatchRequest.encode({ segments, days: daysOf(dice) });
  }),
];

export const OTHER_METHODS: readonly Method[] = [
  reflection('v1'),
  reflection('v1alpha'),
  health('Check', 'unary'),
  health('List', 'unary'),
  health('Watch', 'watch'),
  health('Nothing', 'unary'),
];

const LONGEST_VARINT = Buffer.from('ffffffffffffffffff01', 'hex');
const WIRE_TYPES = 8;
const FIELDS = 8;

/** Mutations by what protobuf is made of: https://protobuf.dev/programming-guides/encoding */
export const PROTOBUF_MUTATIONS: readonly Mutation[] = [
  (bytes, dice) => insert(bytes, dice, Buffer.from([dice.below(WIRE_TYPES * FIELDS)])),
  (bytes, dice) => insert(bytes, dice, LONGEST_VARINT.subarray(dice.below(LONGEST_VARINT.length))),
  // Unknown fields and groups, nested ones among them, which a reader has to pass over.
  (bytes, dice) => Buffer.concat([bytes, Buffer.alloc(dice.below(300), 0x0b)]),
  (bytes, dice) => Buffer.concat([bytes, Buffer.from([0xa2, 0x06, dice.below(256)])]),
  (bytes) => Buffer.concat([bytes, bytes]),
  insertOneOf([
    '\n\x00',
    '\x12\x00',
    '\x1a\x00',
    '\xed\xa0\x80',
    '\xff',
    '\n\x01\n',
    '\x08\xff\xff\xff\xff\x0f',
  ]),
];

function insert(bytes: Buffer, dice: Dice, inserted: Buffer): Buffer {
  const at = dice.below(bytes.length + 1);
  return splice(bytes, at, at, inserted);
}
