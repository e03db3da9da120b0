import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureProgram } from '../../scripts/programs.mjs';
import { scratch } from '../systems/processes.js';

export interface CallLoad {
  /** Host and port. */
  address: string;
  /** A method of the EstimationService. */
  method: string;
  /** Its request, encoded; the same one in every call. */
  message: Uint8Array;
  connections: number;
  /** Calls in flight on each connection. */
  streams: number;
  seconds: number;
}

/** What gRPC puts before a message: whether it is compressed, and its length. */
const FRAME_HEAD_BYTES = 5;

/**
 * Calls a method over gRPC by h2load, one thread of it.
 *
 * @throws Error when a call failed: a figure of failures is no figure
 */
export async function runH2load(load: CallLoad): Promise<{ perSecond: number }> {
  const { address, method, connections, streams, seconds } = load;
  const { stdout } = await promisify(execFile)(ensureProgram('h2load'), [
    '-t1',
    `-c${connections}`,
    `-m${streams}`,
    `-D${seconds}`,
    `--data=${writeFrame(load.message)}`,
    '-H',
    'content-type: application/grpc',
    '-H',
    'te: trailers',
    `http://${address}/segment.v1.EstimationService/${method}`,
  ]);
  requireAnswers(stdout, connections * streams);
  return { perSecond: figure(stdout, /, ([\d.]+) req\/s/) };
}

function writeFrame(message: Uint8Array): string {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  const file = join(mkdtempSync(join(scratch, 'call-')), 'request');
  writeFileSync(file, Buffer.concat([head, message]));
  return file;
}

/**
 * h2load does not read `grpc-status`. A call that failed has an answer without a message, though, and all that
 * succeeded have messages of one length here. The last calls may have their message, and not yet their end.
 */
function requireAnswers(stdout: string, inFlight: number): void {
  const succeeded = figure(stdout, /(\d+) succeeded/);
  const failures = ['failed', 'errored', 'timeout'].map((kind) =>
    figure(stdout, new RegExp(`(\\d+) ${kind}`)),
  );
  const bytes = figure(stdout, /\((\d+)\) data/);
  const each = Math.round(bytes / succeeded);
  const missing = Math.abs(bytes / each - succeeded);
  if (failures.some((count) => count > 0) || each < FRAME_HEAD_BYTES || missing > inFlight)
    throw new Error(`calls failed:\n${stdout}`);
}

function figure(stdout: string, pattern: RegExp): number {
  const found = pattern.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`h2load says no ${pattern}:\n${stdout}`);
  return Number(found);
}
