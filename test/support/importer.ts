import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOf, send } from './http.js';
import { type Running, startCommand } from './process.js';
import type { System } from './system.js';

/** The importer, and files for it. */
export interface Importer {
  directory: string;
  /** @returns the path */
  save(name: string, content: string | Uint8Array): string;
  start(...parameters: string[]): Running;
  run(...parameters: string[]): Promise<{ code: number | null; output: string }>;
  /** Imports a file, and tells which of the segments have users then; they are gone afterwards. */
  importFile(
    system: System,
    segments: string[],
    name: string,
    content: string | Uint8Array,
    options?: string[],
  ): Promise<{ code: number | null; output: string; stored: string[] }>;
  remove(): void;
}

export function createImporter(): Importer {
  const directory = mkdtempSync(join(tmpdir(), 'import-test-'));
  const start = (...parameters: string[]) =>
    startCommand(['node', '--import', 'tsx', 'scripts/import/main.ts', ...parameters], {});
  const save = (name: string, content: string | Uint8Array) => {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  const run = async (...parameters: string[]) => {
    const command = start(...parameters);
    const { code } = await command.exited;
    return { code, output: command.output() };
  };
  return {
    directory,
    save,
    start,
    run,
    async importFile({ urls }, segments, name, content, options = []) {
      const done = await run(save(name, content), '--url', urls.uss, ...options);
      const stored: string[] = [];
      for (const segment of segments) {
        if ((await countOf(urls.es, segment)) > 0) stored.push(segment);
        await send(urls.es, `/segment/${encodeURIComponent(segment)}`, { method: 'DELETE' });
      }
      return { ...done, stored };
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
