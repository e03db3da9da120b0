import type { Options } from './options.js';
import { createPatience, request, type Trouble } from './patience.js';

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

/** @throws Error when nothing answers at a URL */
export async function requireService(url: string): Promise<void> {
  try {
    await (await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    throw new Error(`nothing answers at ${url}; is npm start running?`);
  }
}

/**
 * Posts memberships to `POST /segments`, many a request. What cannot be stored now is sent again once the service lets us,
 * which is safe because storing is idempotent.
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
    const request = post(service, lines, firstRow, uploaded).then(() => {
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
  { url, headers }: Service,
  lines: readonly string[],
  firstRow: number,
  uploaded: Uploaded,
): Promise<void> {
  const patience = createPatience(url);
  const add = ({ accepted, rejected, errors }: BulkAnswer, from: number) => {
    uploaded.accepted += accepted;
    uploaded.rejected += rejected;
    const more = errors.map(({ line, detail }) => ({ row: firstRow + from + line - 1, detail }));
    uploaded.errors = [...uploaded.errors, ...more]
      .sort((one, other) => one.row - other.row)
      .slice(0, MAX_ERRORS);
  };
  let done = 0;
  while (done < lines.length) {
    const answer = await request(new URL('/segments', url), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: lines.slice(done).join('\n'),
    });
    if (answer instanceof Response) return add((await answer.json()) as BulkAnswer, done);
    const progress = progressOf(answer);
    if (progress !== undefined) add(progress, done);
    const further = progress === undefined ? 0 : progress.line - 1;
    done += further;
    if (done < lines.length) await patience.wait(answer, further > 0);
  }
}

interface BulkAnswer {
  accepted: number;
  rejected: number;
  errors: { line: number; detail: string }[];
}

/** What became of the lines before the first that was not stored, where a problem tells. */
function progressOf({ text }: Trouble): (BulkAnswer & { line: number }) | undefined {
  try {
    const problem = JSON.parse(text.slice(text.indexOf('{')));
    return Number.isInteger(problem.line) && problem.line >= 1 ? problem : undefined;
  } catch {
    return undefined;
  }
}
