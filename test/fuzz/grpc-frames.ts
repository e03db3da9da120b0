import { connect } from 'node:net';
import type { Dice } from './dice.js';
import type { Exchange, Targets } from './exchange.js';
import { OTHER_METHODS, OWN_METHODS } from './grpc-corpus.js';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  encodeHeaders,
  type Frame,
  HEADERS,
  isRefused,
  PREFACE,
  readFrames,
  SETTINGS,
  statusOf,
  toBytes,
} from './http2-frames.js';
import { BYTE_MUTATIONS, mutate } from './mutate.js';

/** How long the server may say nothing before it is taken to wait for more. */
const QUIET_MS = 30;

const MAX_CALLS = 6;

/** Calls as frames of HTTP/2 on a connection of their own, the frames mutated, or their bytes. */
export function createGrpcFrames({ grpc }: Targets): Exchange {
  return async (dice, journal) => {
    const calls = 1 + dice.below(MAX_CALLS);
    const frames = [
      settings(),
      ...Array.from({ length: calls }, (_, at) => makeCall(2 * at + 1, dice)),
    ];
    const mutated = mutateFrames(frames.flat(), dice);
    const whole = Buffer.concat([PREFACE, ...mutated.map(toBytes)]);
    const bytes = dice.chance(0.4) ? mutate(whole, BYTE_MUTATIONS, dice) : whole;
    for (let left = calls; left > 0; left -= 1) journal.sent(bytes);
    const received = await converse(grpc, bytes, calls);
    for (const frame of received) {
      const status = statusOf(frame);
      if (status === undefined) continue;
      journal.answered(status);
      if (status === 'grpc-status 2') journal.fault('ended with UNKNOWN');
    }
  };
}

/**
 * Sends bytes, ends our side once all calls are over or the server is quiet, and waits for its end. A GOAWAY
 * is its last word: Node.js leaves the connection to be closed by keepalive then.
 */
async function converse(port: number, bytes: Buffer, calls: number): Promise<Frame[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = Buffer.alloc(0);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const halfClose = () => socket.end();
  socket.on('error', () => {});
  const quiet = setTimeout(halfClose, QUIET_MS);
  socket.on('data', (part) => {
    received = Buffer.concat([received, part]);
    const frames = readFrames(received);
    const over = frames.filter((frame) => statusOf(frame) !== undefined).length;
    if (isRefused(frames)) socket.destroy();
    else if (over >= calls) halfClose();
    else quiet.refresh();
  });
  socket.write(bytes);
  try {
    await closed;
    return readFrames(received);
  } finally {
    clearTimeout(quiet);
    socket.destroy();
  }
}

const SETTINGS_HEADER_TABLE_SIZE = 1;

/** Asks for headers without a table, so that each frame can be read by itself. */
function settings(): Frame {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(SETTINGS_HEADER_TABLE_SIZE);
  return { type: SETTINGS, flags: 0, stream: 0, payload };
}

const ODD_HEADERS: [name: string, value: string][] = [
  ...(['1S', '0n', '99999999H', 'x', ''].map((value) => ['grpc-timeout', value]) as [
    string,
    string,
  ][]),
  ...(['gzip', 'deflate', 'br'].map((value) => ['grpc-encoding', value]) as [string, string][]),
  ...([
    ['a-bin', '*'],
    ['grpc-status', '0'],
    ['Upper', 'x'],
    ['te', 'x'],
    ['connection', 'close'],
  ] as [string, string][]),
  ...([
    ['content-length', '5'],
    ['content-type', 'text/plain'],
    [':path', '/'],
    [':status', '200'],
  ] as [string, string][]),
];

/** A call: its headers, and its message in one frame or two. */
function makeCall(stream: number, dice: Dice): Frame[] {
  const method = dice.pick(dice.chance(0.8) ? OWN_METHODS : OTHER_METHODS);
  const headers: [string, string][] = [
    ...([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', method.path],
    ] as [string, string][]),
    ...([
      [':authority', 'localhost'],
      ['te', 'trailers'],
    ] as [string, string][]),
    ['content-type', 'application/grpc'],
  ];
  if (dice.chance(0.15)) headers.splice(dice.below(headers.length), 1, dice.pick(ODD_HEADERS));
  if (dice.chance(0.15)) headers.push(dice.pick(ODD_HEADERS));
  const message = method.make(dice);
  const prefix = Buffer.alloc(5);
  prefix[0] = dice.chance(0.9) ? 0 : dice.below(3);
  prefix.writeUInt32BE(dice.chance(0.9) ? message.length : dice.below(2 ** 32), 1);
  const body = Buffer.concat([prefix, message]);
  const at = dice.chance(0.7) ? body.length : dice.below(body.length);
  return [
    { type: HEADERS, flags: END_HEADERS, stream, payload: encodeHeaders(headers) },
    { type: DATA, flags: 0, stream, payload: body.subarray(0, at) },
    { type: DATA, flags: END_STREAM, stream, payload: body.subarray(at) },
  ];
}

function mutateFrames(frames: readonly Frame[], dice: Dice): Frame[] {
  const mutated = [...frames];
  while (mutated.length > 0 && dice.chance(0.4)) {
    const at = dice.below(mutated.length);
    const frame = mutated[at] as Frame;
    const odd: Frame = {
      type: dice.below(11),
      flags: dice.pick([0, END_STREAM, END_HEADERS, 0x08, 0x20, 0xff]),
      stream: dice.pick([0, frame.stream, 2, 9, 2 ** 31 - 1]),
      payload: dice.bytes(dice.pick([0, 4, 5, 6, 8, 13])),
    };
    const changed: Frame = { ...frame, [dice.pick(['type', 'flags', 'stream', 'payload'])]: 0 };
    const kind = dice.below(4);
    if (kind === 0) mutated.splice(at, 0, odd);
    else if (kind === 1) mutated.splice(at, 1, { ...odd, payload: frame.payload });
    else if (kind === 2) mutated.splice(at, 1);
    else mutated.splice(at, 1, { ...changed, payload: frame.payload });
  }
  return mutated;
}
