import { createSegmentTable, type SegmentTable } from './segment-table.js';
import type { TableTask } from './segment-thread.js';

let table: SegmentTable | undefined;

/** Does something with the table of this thread. */
export function runOnTable({ maxBytes, name, values }: TableTask): unknown {
  table ??= createSegmentTable(maxBytes);
  return (table[name] as (...values: unknown[]) => unknown)(...values);
}
