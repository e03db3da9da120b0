// Frames of HTTP/2 (RFC 9113, section 4) and headers in them (HPACK, RFC 7541), as far as the fuzz needs.

export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

export const DATA = 0;
export const HEADERS = 1;
const RST_STREAM = 3;
export const SETTINGS = 4;
const GOAWAY = 7;

export const END_STREAM = 0x01;
export const END_HEADERS = 0x04;

/** What a client's connection begins with. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const HEAD_BYTES = 9;

export function toBytes({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The whole frames that bytes begin with. */
export function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + HEAD_BYTES, end),
    });
    at = end;
  }
  return frames;
}

/** Headers as literals without Huffman code and without a table. */
export function encodeHeaders(headers: readonly [name: string, value: string][]): Buffer {
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value, 'latin1')];
  return Buffer.concat(
    headers.flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]),
  );
}

/** `grpc-status` in Huffman code, as servers send it. */
const GRPC_STATUS = Buffer.from('9acac8b21234da8f', 'hex');

/** How a frame of a server ends a call, or the connection; undefined where it does not. */
export function statusOf({ type, flags, payload }: Frame): string | undefined {
  if (type === GOAWAY) return `GOAWAY ${payload.readUInt32BE(4)}`;
  if (type === RST_STREAM) return `RST_STREAM ${payload.readUInt32BE(0)}`;
  if (type !== HEADERS || (flags & END_STREAM) === 0) return undefined;
  const at = payload.indexOf(GRPC_STATUS);
  if (at < 0) return 'no grpc-status';
  const [length = 0, ...value] = payload.subarray(at + GRPC_STATUS.length);
  return `grpc-status ${Buffer.from(value.slice(0, length)).toString()}`;
}

/** Whether a server has given up on the connection. */
export function isRefused(frames: readonly Frame[]): boolean {
  return frames.some(({ type, payload }) => type === GOAWAY && payload.readUInt32BE(4) !== 0);
}
