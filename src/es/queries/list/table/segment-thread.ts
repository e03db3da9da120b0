import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { Failure } from '../../../../domain/failure.js';
import type { SegmentTable } from './segment-table.js';
import type { runOnTable, TableTask } from './table-tasks.js';

/** The table of segments in a thread of its own, so that no request waits while a million segments are sorted or searched. */
export interface SegmentThread {
  /**
   * Calls a method of the table. Calls run one after another.
   *
   * @throws Failure `unavailable` if the thread has died, and the table with it
   */
  call<Name extends keyof SegmentTable>(
    name: Name,
    ...values: Parameters<SegmentTable[Name]>
  ): Promise<ReturnType<SegmentTable[Name]>>;
  close(): Promise<void>;
}

/**
 * Starts the thread at the first call.
 *
 * @param maxBytes maximum of memory of the table, in bytes
 */
export function createSegmentThread(maxBytes: number): SegmentThread {
  // TypeScript in development, otherwise JavaScript.
  const module = new URL(`./table-tasks${extname(import.meta.url)}`, import.meta.url);
  let pool: Piscina<TableTask, ReturnType<typeof runOnTable>> | undefined;
  return {
    call(name, ...values) {
      pool ??= new Piscina({
        filename: module.href,
        name: 'runOnTable',
        // Always the same thread, because it has the table.
        minThreads: 1,
        maxThreads: 1,
      });
      const done = pool.run({ maxBytes, name, values }).catch((cause) => {
        throw new Failure('unavailable', 'segments have to be read again; try again', { cause });
      });
      return done as Promise<ReturnType<SegmentTable[typeof name]>>;
    },
    async close() {
      await pool?.destroy();
    },
  };
}
