import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** One of the files of an append-only file. Redis reads them in order: a base, then the increments written after it. */
export interface AofFile {
  name: string;
  kind: 'base' | 'increment';
  /** Its line in the manifest. */
  line: string;
}

/** The directory of the append-only file, within the directory of Redis. */
export const AOF_DIRECTORY = 'appendonlydir';

export const MANIFEST = 'appendonly.aof.manifest';

/**
 * Reads from the manifest which files the append-only file consists of.
 *
 * @returns no files if nothing was written yet; undefined if the manifest is missing or damaged
 */
export function readManifest(directory: string): AofFile[] | undefined {
  const path = join(directory, MANIFEST);
  if (!existsSync(path)) return isUnused(directory) ? [] : undefined;
  const lines = readFileSync(path, 'latin1').split('\n');
  if (lines.pop() !== '') return undefined;
  const files = lines.filter((line) => !line.startsWith('#')).map(parseLine);
  if (files.length === 0 || files.includes(undefined)) return undefined;
  return (files as ReadonlyArray<AofFile | 'past'>).filter((file) => file !== 'past');
}

/** The files that a lost manifest must have contained: the newest base, and all increments. */
export function guessManifest(directory: string): AofFile[] {
  const files = readdirSync(directory)
    .flatMap((name) => {
      const [, number = '', kind = ''] = FILE.exec(name) ?? [];
      const line = `file ${name} seq ${number} type ${kind.charAt(0)}`;
      const file = parseLine(line);
      return file === undefined || file === 'past' ? [] : [{ ...file, number: Number(number) }];
    })
    .sort((one, other) => one.number - other.number);
  const base = files.findLast(({ kind }) => kind === 'base');
  return [...(base ? [base] : []), ...files.filter(({ kind }) => kind === 'increment')];
}

/** Writes a manifest that lists the given files. After a crash the manifest is the old or the new one, never a part. */
export function writeManifest(directory: string, files: readonly AofFile[]): void {
  if (files.length === 0) {
    rmSync(directory, { recursive: true });
    return;
  }
  const temporary = join(directory, `${MANIFEST}.repaired`);
  writeFileSync(temporary, files.map(({ line }) => `${line}\n`).join(''), {
    mode: 0o600,
    flush: true,
  });
  renameSync(temporary, join(directory, MANIFEST));
}

const FILE = /^appendonly\.aof\.(\d+)\.(base|incr)\.(?:rdb|aof)$/;

function parseLine(line: string): AofFile | 'past' | undefined {
  const [, name = '', type] = /^file (\S+) seq \d+ type ([bih])/.exec(line) ?? [];
  if (type === undefined || !FILE.test(name)) return undefined;
  if (type === 'h') return 'past';
  return { name, kind: type === 'b' ? 'base' : 'increment', line };
}

/** Whether Redis has only written its first base, without data. Without a manifest Redis then starts with new files. */
function isUnused(directory: string): boolean {
  if (!existsSync(directory)) return true;
  return readdirSync(directory)
    .filter((name) => FILE.test(name))
    .every(
      (name) => name === 'appendonly.aof.1.base.rdb' || statSync(join(directory, name)).size === 0,
    );
}
