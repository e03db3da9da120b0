import { terminalText } from '../terminal-text.js';
import type { Doubts } from './doubts.js';

/** How many rows that are not stored are shown. */
const MAX_SHOWN = 5;

/** What became of the rows so far. Each that was read is stored, refused or skipped in the end, unless the import stops. */
export interface Tally {
  /** Rows that were read; blank lines are none. */
  read: number;
  blankLines: number;
  stored: number;
  /** Refused by the service. */
  refused: number;
  /** Read, and older than the window. */
  outOfWindow: number;
  /** Not sent at all. */
  skipped: number;
  /** The first that are refused or skipped, by line of the file. */
  shown: { line: number; reason: string }[];
  /** Of rows that were sent. */
  doubts: Doubts;
  /** The newest time of the file, where all are moved so that it is now. */
  shiftedFrom?: string;
  /** The last row, where it may have gone on. */
  cutLine?: number;
}

export function createTally(): Tally {
  return {
    read: 0,
    blankLines: 0,
    stored: 0,
    refused: 0,
    outOfWindow: 0,
    skipped: 0,
    shown: [],
    doubts: new Map(),
  };
}

/** Notes why a row is not stored. */
export function show(tally: Tally, line: number, reason: string): void {
  if (tally.shown.length === MAX_SHOWN && line > (tally.shown.at(-1)?.line ?? 0)) return;
  tally.shown.push({ line, reason });
  tally.shown.sort((one, other) => one.line - other.line).splice(MAX_SHOWN);
}

/** Whether all rows are stored, but for those that were too old to count. */
export function isAllIn({ skipped, refused, outOfWindow }: Tally): boolean {
  return skipped === 0 && refused <= outOfWindow;
}

/** The tally as text. */
export function tallyText(tally: Tally, seconds: number): string {
  const { read, stored, refused, skipped, blankLines, shown, cutLine } = tally;
  const open = read - stored - refused - skipped;
  const parts = [
    `${stored} stored`,
    `${refused} refused${refused > 0 && tally.outOfWindow > 0 ? ` (out of window: ${Math.min(refused, tally.outOfWindow)})` : ''}`,
    `${skipped} skipped`,
  ];
  if (open > 0) parts.push(`${open} not known to be stored`);
  if (blankLines > 0) parts.push(`blank lines: ${blankLines}`);
  const lines = [`${read} rows read in ${seconds.toFixed(1)} s: ${parts.join('; ')}`];
  for (const { line, reason } of shown) lines.push(`  line ${line}: ${terminalText(reason)}`);
  const more = refused + skipped - shown.length;
  if (more > 0) lines.push(`  … and ${more} more`);
  for (const doubt of tally.doubts.values()) {
    const all = doubt.rows === 1 ? '' : ` (${doubt.rows} rows)`;
    lines.push(`  line ${doubt.line}: ${terminalText(doubt.shown)}${all}`);
  }
  if (tally.shiftedFrom !== undefined) {
    lines.push(`  times are moved: what the file has as ${tally.shiftedFrom}, its newest, is now`);
  }
  if (cutLine !== undefined) {
    lines.push(
      `  line ${cutLine} has no line feed at its end; if the file was cut short there, that row is not what it was`,
    );
  }
  return lines.join('\n');
}
