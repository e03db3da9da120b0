import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureProgram } from '../scripts/programs.mjs';

export interface Load {
  /** Base URL of what is measured. */
  url: string;
  what: 'post' | 'pfadd' | 'get';
  /** Requests in flight. */
  connections: number;
  seconds: number;
  segments: number;
  /** Shown with every post; none unless given. */
  credential?: string | undefined;
}

export interface Figures {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  /** Milliseconds. */
  p99: number;
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
  segments,
  credential = '',
}: Load): Promise<Figures> {
  const path = what === 'post' ? '/segment' : '/';
  const { stdout } = await promisify(execFile)(ensureProgram('wrk'), [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    '-s',
    'bench/lua/requests.lua',
    url + path,
    '--',
    what,
    String(segments),
    String(USERS),
    credential,
  ]);
  const result = JSON.parse(/RESULT (.*)/.exec(stdout)?.[1] ?? '');
  if (result.failed > 0) throw new Error(`${result.failed} requests to ${url} failed`);
  return { perSecond: result.requests / result.seconds, p50: result.p50, p99: result.p99 };
}
