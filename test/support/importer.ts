import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, startCommand } from './process.js';

/** The importer, and files for it. */
export interface Importer {
  directory: string;
  /** @returns the path */
  save(name: string, content: string | Uint8Array): string;
  start(...parameters: string[]): Running;
  run(...parameters: string[]): Promise<{ code: number | null; output: string }>;
  remove(): void;
}

export function createImporter(): Importer {
  const directory = mkdtempSync(join(tmpdir(), 'import-test-'));
  const start = (...parameters: string[]) =>
    startCommand(['node', '--import', 'tsx', 'scripts/import/main.ts', ...parameters], {});
  return {
    directory,
    save(name, content) {
      const file = join(directory, name);
      writeFileSync(file, content);
      return file;
    },
    start,
    async run(...parameters) {
      const command = start(...parameters);
      const { code } = await command.exited;
      return { code, output: command.output() };
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
