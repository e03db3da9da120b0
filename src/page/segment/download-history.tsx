import type { HistoryDay } from '../api/answers.js';
import { formatCsv } from '../parts/csv.js';
import { downloadCsv } from '../parts/download.js';

export interface DownloadHistoryProps {
  segment: string;
  history: readonly HistoryDay[];
}

const COLUMNS = ['segment', 'day', 'user_count', 'rolling_user_count', 'rolling_days'];

/** Downloads the history of a segment. */
export function DownloadHistory({ segment, history }: DownloadHistoryProps) {
  function download(): void {
    const rows = history.map(({ day, user_count, rolling }) => [
      ...[segment, day, user_count],
      ...[rolling.user_count, rolling.days],
    ]);
    downloadCsv(fileName(segment), formatCsv([COLUMNS, ...rows]));
  }

  return (
    <button type="button" title="Users of each day and of the window up to it" onClick={download}>
      Download days as CSV
    </button>
  );
}

/** A file name that every file system accepts. */
function fileName(segment: string): string {
  return segment.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80);
}
