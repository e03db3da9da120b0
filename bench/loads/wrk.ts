import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureProgram } from '../../scripts/programs.mjs';

export interface Load {
  /** What is measured; for `get` and `pfadd`, the base URL. */
  url: string;
  /** `lines` posts bodies of NDJSON; `url` gets the URL as it is. */
  what: 'post' | 'pfadd' | 'get' | 'lines' | 'url';
  /** Requests in flight. */
  connections: number;
  seconds: number;
  /** @default 1 */
  segments?: number;
  /** Of a body. */
  lines?: number;
  /** Whether 503 is counted as refused, instead of a failure. */
  mayRefuse?: boolean;
  /** Shown with every post; none unless given. */
  credential?: string | undefined;
}

export interface LoadFigures {
  /** Requests answered, without those refused. */
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  /** Milliseconds. */
  p99: number;
  /** Of all requests, in per cent; only where they are counted. */
  'refused, %'?: number;
}

const USERS = 1_000_000;

/**
 * Puts load on something by wrk, one thread of it.
 *
 * @throws Error when a request failed: a figure of failures is no figure
 */
export async function runWrk({
  url,
  what,
  connections,
  seconds,
  segments = 1,
  lines = 1,
  mayRefuse = false,
  credential = '',
}: Load): Promise<LoadFigures> {
  const { stdout } = await promisify(execFile)(ensureProgram('wrk'), [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    '-s',
    'bench/loads/requests.lua',
    url,
    '--',
    what,
    ...[segments, USERS, lines, mayRefuse].map(String),
    credential,
  ]);
  const result = JSON.parse(/RESULT (.*)/.exec(stdout)?.[1] ?? '');
  if (result.failed > 0) throw new Error(`${result.failed} requests to ${url} failed`);
  return {
    perSecond: (result.requests - result.refused) / result.seconds,
    p50: result.p50,
    p99: result.p99,
    ...(mayRefuse && { 'refused, %': (100 * result.refused) / result.requests }),
  };
}
