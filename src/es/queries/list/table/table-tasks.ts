import { createSegmentTable, type SegmentTable } from './segment-table.js';

/** What is to be done with the table. */
export interface TableTask {
  /** What the table may take. */
  maxBytes: number;
  name: keyof SegmentTable;
  values: unknown[];
}

let table: SegmentTable | undefined;

/** Does something with the table of this thread. */
export function runOnTable({ maxBytes, name, values }: TableTask): unknown {
  table ??= createSegmentTable(maxBytes);
  return (table[name] as (...values: unknown[]) => unknown)(...values);
}
