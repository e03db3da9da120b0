import type { IncomingHttpHeaders } from 'node:http2';

/** The headers of a plain call that matter. */
export interface PlainHeaders {
  path: string;
  authorization: string | undefined;
  forwardedFor: string | undefined;
  traceparent: string | undefined;
  /** How long the client waits for the answer, in milliseconds. */
  timeoutMs: number | undefined;
}

const CONTENT_TYPES = new Set<unknown>(['application/grpc', 'application/grpc+proto']);

/** The characters that metadata may have. grpc-js leaves other values out. */
const METADATA = /^[ -~]*$/;

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** The units of `grpc-timeout`, in milliseconds. */
const UNITS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** The longest time that a timer of Node.js can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** @returns undefined if only grpc-js can tell what the headers mean */
export function readPlainHeaders(headers: IncomingHttpHeaders): PlainHeaders | undefined {
  const { authorization, traceparent, 'x-forwarded-for': forwardedFor } = headers;
  const { ':path': path = '', 'grpc-timeout': timeout } = headers;
  const timeoutMs = timeout === undefined ? undefined : toMilliseconds(timeout);
  const isPlain =
    headers[':method'] === 'POST' &&
    CONTENT_TYPES.has(headers['content-type']) &&
    isText(authorization) &&
    isText(traceparent) &&
    isText(forwardedFor) &&
    (timeoutMs === undefined || timeoutMs <= LONGEST_MS);
  return isPlain ? { path, authorization, traceparent, forwardedFor, timeoutMs } : undefined;
}

function isText(value: string | string[] | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && METADATA.test(value));
}

/** @returns Infinity for a malformed value */
function toMilliseconds(timeout: string | string[]): number {
  const [, amount, unit = ''] = TIMEOUT.exec(String(timeout)) ?? [];
  return amount === undefined ? Number.POSITIVE_INFINITY : Math.trunc(+amount * (UNITS[unit] ?? 0));
}
