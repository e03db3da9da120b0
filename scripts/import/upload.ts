import { setTimeout as delay } from 'node:timers/promises';
import type { Options } from './options.js';

/** Where memberships are posted, and what every request has for its headers. */
export type Service = Pick<Options, 'url' | 'headers'>;

/** What the service said of all rows so far. */
export interface Uploaded {
  accepted: number;
  rejected: number;
  /** The first refusals, by row of the file from 1. */
  errors: { row: number; detail: string }[];
}

/** A membership as it is posted. */
export interface PostedMembership {
  segment: unknown;
  user_id: unknown;
  occurred_at?: string;
}

const ROWS_PER_REQUEST = 20_000;
const REQUESTS_IN_FLIGHT = 2;
const MAX_ERRORS = 5;
const MAX_ATTEMPTS = 8;

/** @throws Error when nothing answers at a URL */
export async function requireService(url: string): Promise<void> {
  try {
    await (await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    throw new Error(`nothing answers at ${url}; is npm start running?`);
  }
}

/**
 * Posts memberships to `POST /segments`, many a request. What cannot be stored now is sent again, which
 * is safe because storing is idempotent.
 *
 * @param onProgress told after every request
 * @throws Error when the service refuses a request or stays away
 */
export async function upload(
  memberships: AsyncIterable<PostedMembership>,
  service: Service,
  onProgress: (uploaded: Uploaded) => void,
): Promise<Uploaded> {
  const uploaded: Uploaded = { accepted: 0, rejected: 0, errors: [] };
  const inFlight = new Set<Promise<void>>();
  let lines: string[] = [];
  let firstRow = 1;

  const flush = async () => {
    const request = post(service, lines.join('\n'), firstRow, uploaded).then(() => {
      inFlight.delete(request);
      onProgress(uploaded);
    });
    // Awaited below; without this a failure in between would be an unhandled one.
    request.catch(() => {});
    inFlight.add(request);
    firstRow += lines.length;
    lines = [];
    while (inFlight.size >= REQUESTS_IN_FLIGHT) await Promise.race(inFlight);
  };

  for await (const membership of memberships) {
    lines.push(JSON.stringify(membership));
    if (lines.length === ROWS_PER_REQUEST) await flush();
  }
  if (lines.length > 0) await flush();
  await Promise.all(inFlight);
  return uploaded;
}

async function post(
  service: Service,
  body: string,
  firstRow: number,
  uploaded: Uploaded,
): Promise<void> {
  const answer = await send(service, body);
  uploaded.accepted += answer.accepted;
  uploaded.rejected += answer.rejected;
  const errors = answer.errors.map(({ line, detail }) => ({ row: firstRow + line - 1, detail }));
  uploaded.errors = [...uploaded.errors, ...errors]
    .sort((one, other) => one.row - other.row)
    .slice(0, MAX_ERRORS);
}

interface BulkAnswer {
  accepted: number;
  rejected: number;
  errors: { line: number; detail: string }[];
}

async function send({ url, headers }: Service, body: string): Promise<BulkAnswer> {
  let problem = '';
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    let waitMs = Math.min(250 * 2 ** attempt, 5_000);
    try {
      const response = await fetch(new URL('/segments', url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body,
      });
      if (response.ok) return (await response.json()) as BulkAnswer;
      problem = `${response.status} ${await response.text()}`;
      if (response.status !== 503 && response.status !== 504) break;
      waitMs = Math.max(waitMs, Number(response.headers.get('retry-after')) * 1_000 || 0);
    } catch (error) {
      problem = `cannot be reached: ${(error as Error & { cause?: Error }).cause?.message ?? error}`;
    }
    if (attempt < MAX_ATTEMPTS - 1) await delay(waitMs);
  }
  throw new Error(`${url} ${problem}`);
}
