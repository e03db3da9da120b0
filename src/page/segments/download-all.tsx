import { useRef, useState } from 'preact/hooks';
import type { ListedCount, SegmentPage } from '../api/answers.js';
import { toRequestFailure } from '../api/request-failure.js';
import { type ListQuery, listCounts } from '../api/requests.js';
import { formatCsv } from '../parts/csv.js';
import { downloadCsv } from '../parts/download.js';
import { formatCount } from '../parts/format.js';
import { announce } from '../state/announcement.js';

/** Downloads the segments of all pages of a list. */
export function DownloadAll({ query, total }: { query: ListQuery; total: number }) {
  const [done, setDone] = useState<number>();
  const [failure, setFailure] = useState('');
  const controller = useRef(new AbortController());

  async function download(): Promise<void> {
    controller.current = new AbortController();
    setFailure('');
    setDone(0);
    try {
      const segments = await listAll(query, controller.current.signal, setDone);
      const rows = segments.map((one) => [one.segment, one.user_count ?? '', one.last_active]);
      downloadCsv('segments', formatCsv([['segment', 'user_count', 'last_active'], ...rows]));
      announce(`${formatCount(segments.length)} segments downloaded`);
    } catch (error) {
      if (!controller.current.signal.aborted) setFailure(toRequestFailure(error).message);
    }
    setDone(undefined);
  }

  if (done !== undefined) {
    return (
      <button type="button" onClick={() => controller.current.abort()}>
        Cancel download ({formatCount(done)} of {formatCount(total)})
      </button>
    );
  }
  return (
    <>
      {failure !== '' && (
        <span role="alert" class="failure-text">
          Download failed: {failure}
        </span>
      )}
      <button
        type="button"
        title="Name, users and last day of all segments that match, on every page"
        onClick={download}
      >
        Download all {formatCount(total)} as CSV
      </button>
    </>
  );
}

async function listAll(
  query: ListQuery,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<ListedCount[]> {
  const all: ListedCount[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: SegmentPage<ListedCount> = await listCounts({ ...query, cursor }, signal);
    for (const one of page.segments) all.push(one);
    onProgress(all.length);
    cursor = page.next_cursor;
  }
  return all;
}
