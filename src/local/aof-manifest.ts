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

/** The files of an append-only file, in the order in which Redis reads them: a base, and what was written since. */
export interface AofFile {
  name: string;
  kind: 'base' | 'increment';
  /** What the manifest says of it. */
  line: string;
}

/** The directory of the append-only file, in that of Redis. */
export const AOF_DIRECTORY = 'appendonlydir';

export const MANIFEST = 'appendonly.aof.manifest';

/**
 * Reads which files the append-only file consists of.
 *
 * @returns none where nothing has been written yet; undefined where the manifest does not tell
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

/** The files that a lost manifest must have named: the newest base, and all increments. */
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

/** Has the append-only file consist of some files; a crash leaves the manifest as it was, or as it shall be. */
export function writeManifest(directory: string, files: readonly AofFile[]): void {
  if (files.length === 0) {
    rmSync(directory, { recursive: true });
    return;
  }
  const made = join(directory, `${MANIFEST}.repaired`);
  writeFileSync(made, files.map(({ line }) => `${line}\n`).join(''), { mode: 0o600, flush: true });
  renameSync(made, join(directory, MANIFEST));
}

const FILE = /^appendonly\.aof\.(\d+)\.(base|incr)\.(?:rdb|aof)$/;

function parseLine(line: string): AofFile | 'past' | undefined {
  const [, name = '', type] = /^file (\S+) seq \d+ type ([bih])/.exec(line) ?? [];
  if (type === undefined || !FILE.test(name)) return undefined;
  if (type === 'h') return 'past';
  return { name, kind: type === 'b' ? 'base' : 'increment', line };
}

/** Whether a Redis got no further than to its first base, which is empty; without a manifest it begins anew. */
function isUnused(directory: string): boolean {
  if (!existsSync(directory)) return true;
  return readdirSync(directory)
    .filter((name) => FILE.test(name))
    .every(
      (name) => name === 'appendonly.aof.1.base.rdb' || statSync(join(directory, name)).size === 0,
    );
}
