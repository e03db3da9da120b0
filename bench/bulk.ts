import { once } from 'node:events';
import { request } from 'node:http';
import { residentMiB } from './processes.js';
import type { Section } from './report.js';
import { interleave, median } from './rounds.js';
import type { OwnSystem } from './systems.js';

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

/** Bulk upload of 2 million rows through USS, over 200 segments and over 100,000. */
export async function measureBulk(own: OwnSystem, rounds: number): Promise<Section> {
  const post = (segments: number) => {
    const chunks = makeRows(2_000_000, segments);
    return async () => {
      const start = performance.now();
      const rows = await upload(own.front, chunks, 1);
      return { perSecond: rows / ((performance.now() - start) / 1_000) };
    };
  };
  const alternatives = { '200 segments': post(200), '100,000 segments': post(100_000) };
  for (const measure of Object.values(alternatives)) await measure();
  return {
    title: 'Bulk: POST /segments, NDJSON of 2 million rows',
    unit: 'memberships/s',
    rows: await interleave(rounds, alternatives),
  };
}

/** Resident memory while 1 million rows are uploaded, and while 10 million are. */
export async function measureBulkMemory(own: OwnSystem): Promise<Section> {
  const chunks = makeRows(1_000_000, 200);
  const rows: Section['rows'] = {};
  for (const times of [1, 10]) {
    const uss: number[] = [];
    const es: number[] = [];
    const uploaded = await upload(own.front, chunks, times, () => {
      uss.push(residentMiB(own.processes.uss));
      es.push(residentMiB(own.processes.es));
    });
    rows[`${uploaded / 1e6} million rows`] = { uss: median(uss), es: median(es) };
  }
  return { title: 'Bulk: median resident memory', unit: 'MiB', rows };
}

/** Uploads chunks of NDJSON as one body, as often as said; the number of memberships that were taken. */
export async function upload(
  url: string,
  chunks: readonly Buffer[],
  times: number,
  onProgress: () => void = () => {},
): Promise<number> {
  const client = request(`${url}/segments`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const answered = once(client, 'response');
  for (let time = 0; time < times; time += 1) {
    for (const [index, chunk] of chunks.entries()) {
      if (index % 20 === 0) onProgress();
      if (!client.write(chunk)) await once(client, 'drain');
    }
  }
  client.end();
  const [response] = await answered;
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  const { accepted, rejected } = JSON.parse(text);
  if (rejected > 0) throw new Error(`not all was accepted: ${text}`);
  return accepted;
}
