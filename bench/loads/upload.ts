import { once } from 'node:events';
import { request } from 'node:http';

const CHUNK_BYTES = 64 * 1024;

/** NDJSON of realistic skew: few large segments and many small, users that come back. */
export function makeRows(rows: number, segments: number): Buffer[] {
  const chunks: Buffer[] = [];
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    const segment = Math.floor(Math.random() ** 3 * segments);
    const user = Math.floor(Math.random() ** 2 * 500_000);
    text += `{"segment":"segment ${segment}","user_id":"user${user}"}\n`;
    if (text.length >= CHUNK_BYTES || row === rows - 1) {
      chunks.push(Buffer.from(text));
      text = '';
    }
  }
  return chunks;
}

export interface UploadOptions {
  /** How often the chunks follow each other in the body. @default 1 */
  times?: number;
  /** Ends the body early. */
  signal?: AbortSignal;
  /** Called now and then. */
  onProgress?: () => void;
}

/**
 * Uploads chunks of NDJSON as one body.
 *
 * @returns the number of memberships that were taken
 * @throws Error when any was not
 */
export async function upload(
  url: string,
  chunks: readonly Buffer[],
  { times = 1, signal, onProgress = () => {} }: UploadOptions = {},
): Promise<number> {
  const client = request(`${url}/segments`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const answered = once(client, 'response');
  for (let time = 0; time < times; time += 1) {
    for (const [index, chunk] of chunks.entries()) {
      if (signal?.aborted) break;
      if (index % 20 === 0) onProgress();
      if (!client.write(chunk)) await once(client, 'drain');
    }
    if (signal?.aborted) break;
  }
  client.end();
  const [response] = await answered;
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  const { accepted, rejected } = JSON.parse(text);
  if (rejected !== 0) throw new Error(`not all was accepted: ${text}`);
  return accepted;
}
