import type { Options } from './options.js';
import { createPatience, request } from './patience.js';
import { show, type Tally } from './tally.js';

/** Where memberships are posted, and what every request has for its headers. */
export type Service = Pick<Options, 'url' | 'headers'>;

/** A membership as it is posted, and the line of the file that it is from. */
export interface PostedMembership {
  line: number;
  segment: string;
  user_id: string;
  occurred_at?: string;
}

/** How an upload is watched, and ended. */
export interface Watch {
  signal: AbortSignal;
  /** Told after every answer. */
  onProgress?: () => void;
  /** Told what a wait of seconds is for. */
  onLongWait?: (line: string) => void;
}

const ROWS_PER_REQUEST = 20_000;
const REQUESTS_IN_FLIGHT = 2;

/** @throws Error when nothing answers at a URL */
export async function requireService(url: string): Promise<void> {
  try {
    await (await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    throw new Error(`nothing answers at ${url}; is npm start running?`);
  }
}

/** Rows that are posted together. */
interface Batch {
  /** The line of the file of each. */
  fileLines: number[];
  json: string[];
}

/**
 * Posts memberships to `POST /segments`, many a request, and notes in the tally what became of them. What cannot be stored
 * now is sent again once the service lets us, which is safe because storing is idempotent.
 *
 * @throws Error when the service refuses a request or stays away; the reason of the signal once that is aborted
 */
export async function upload(
  memberships: AsyncIterable<PostedMembership>,
  service: Service,
  tally: Tally,
  watch: Watch,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([watch.signal, failed.signal]);
  const inFlight = new Set<Promise<void>>();
  let batch: Batch = { fileLines: [], json: [] };

  const flush = async () => {
    const sent = post(service, batch, tally, { ...watch, signal }).finally(() =>
      inFlight.delete(sent),
    );
    // Awaited below; without this a failure in between would be an unhandled one.
    sent.catch(() => {});
    inFlight.add(sent);
    batch = { fileLines: [], json: [] };
    while (inFlight.size >= REQUESTS_IN_FLIGHT) await Promise.race(inFlight);
  };

  try {
    for await (const { line, ...membership } of memberships) {
      batch.fileLines.push(line);
      batch.json.push(JSON.stringify(membership));
      if (batch.json.length === ROWS_PER_REQUEST) await flush();
    }
    if (batch.json.length > 0) await flush();
    await Promise.all(inFlight);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(inFlight);
    throw error;
  }
}

async function post(
  { url, headers }: Service,
  { fileLines, json }: Batch,
  tally: Tally,
  { signal, onProgress, onLongWait }: Watch,
): Promise<void> {
  const patience = createPatience(url, signal, onLongWait);
  let done = 0;
  const add = ({ accepted, rejected, errors }: BulkAnswer) => {
    tally.stored += accepted;
    tally.refused += rejected;
    for (const { line, detail } of errors) {
      show(tally, fileLines[done + line - 1] as number, detail);
    }
    onProgress?.();
  };
  while (done < json.length) {
    const answer = await request(new URL('/segments', url), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: json.slice(done).join('\n'),
      signal,
    });
    const progress = parseAnswer(answer.text);
    if (progress !== undefined) add(progress);
    if (!('status' in answer)) {
      if (progress !== undefined) return;
      throw new Error(`${url} does not answer as POST /segments does; is it USS or ES?`);
    }
    const further = (progress?.line ?? 1) - 1;
    done += further;
    if (done < json.length) await patience.wait(answer, further > 0);
  }
}

/** What became of all lines, or of those before the first that was not stored. */
interface BulkAnswer {
  accepted: number;
  rejected: number;
  errors: { line: number; detail: string }[];
  /** The first that was not stored, in a problem. */
  line?: number;
}

function parseAnswer(text: string): BulkAnswer | undefined {
  try {
    const answer = JSON.parse(text.slice(text.indexOf('{')));
    return Number.isInteger(answer.accepted) ? answer : undefined;
  } catch {
    return undefined;
  }
}
