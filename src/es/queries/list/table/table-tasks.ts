import { createSegmentTable, type SegmentTable } from './segment-table.js';

/** A call of a method of the table. */
export interface TableTask {
  /** Maximum of memory of the table, in bytes. */
  maxBytes: number;
  name: keyof SegmentTable;
  values: unknown[];
}

let table: SegmentTable | undefined;

/** Calls a method of the table of this thread. */
export function runOnTable({ maxBytes, name, values }: TableTask): unknown {
  table ??= createSegmentTable(maxBytes);
  return (table[name] as (...values: unknown[]) => unknown)(...values);
}
