import { execFile } from 'node:child_process';
import { constants, cpSync, existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../process/lifecycle.js';
import {
  AOF_DIRECTORY,
  type AofFile,
  guessManifest,
  MANIFEST,
  readManifest,
  writeManifest,
} from './aof-manifest.js';
import { describeFrom, endsInZeros, isUnfinished } from './aof-tail.js';

/** Damage of the append-only file of a Redis. */
export interface Damage {
  /** A description of the damage, with the path of the file. */
  flaw: string;
  /** The data that the repair loses. */
  loss: string;
  /** Removes the part that cannot be read, and everything after it. */
  repair(): void;
}

/**
 * Finds damage in the append-only file of a Redis that is not running: damage with which Redis cannot start, or that Redis
 * would ignore although data are lost. An incomplete last write is not damage: Redis leaves it out.
 *
 * @param checker the path of redis-check-aof
 * @param redis the directory of Redis
 */
export async function findDamage(checker: string, redis: string): Promise<Damage | undefined> {
  const directory = join(redis, AOF_DIRECTORY);
  const files = readManifest(directory);
  const manifest = join(directory, MANIFEST);
  if (files === undefined) return damagedManifest(directory, manifest);
  const lost = files.find(({ name }) => !existsSync(join(directory, name)));
  if (lost !== undefined) return cutBefore(directory, files, lost, 'is missing');
  const [base] = files;
  if (base?.kind === 'base' && statSync(join(directory, base.name)).size === 0) {
    return cutBefore(directory, files, base, 'is empty');
  }
  if (files.length === 0) return undefined;
  const { ok, output } = await check(checker, manifest);
  return ok ? undefined : reportedDamage(output, directory, files);
}

/**
 * Repairs an append-only file, and keeps a copy of the damaged one.
 *
 * @returns lines that say what was damaged and is lost; empty if nothing was damaged
 */
export async function repair(checker: string, redis: string): Promise<string[]> {
  const lines: string[] = [];
  const copy = join(redis, `damaged-${new Date().toISOString().replaceAll(':', '')}`);
  for (;;) {
    const damage = await findDamage(checker, redis);
    if (damage === undefined) break;
    if (lines.length === 0) copyWhole(join(redis, AOF_DIRECTORY), copy);
    damage.repair();
    lines.push(`${damage.flaw}; repaired; lost: ${damage.loss}`);
  }
  return lines.length === 0 ? [] : [...lines, `a copy of the damaged files is ${copy}`];
}

function copyWhole(directory: string, copy: string): void {
  try {
    cpSync(directory, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw new StartError(
      `cannot copy ${directory}, and has changed nothing: ${(error as Error).message}`,
    );
  }
}

function damagedManifest(directory: string, manifest: string): Damage {
  return {
    flaw: `${manifest} is ${existsSync(manifest) ? 'damaged' : 'missing'}`,
    loss: 'nothing; the names of the other files tell what stood in it',
    repair: () => writeManifest(directory, guessManifest(directory)),
  };
}

/** The damage that redis-check-aof reports. */
function reportedDamage(output: string, directory: string, files: readonly AofFile[]) {
  const report = [...output.matchAll(/filename=(\S{1,255}), size=(\d+), ok_up_to=(\d+)/g)].at(-1);
  const [, name, size, good] = report ?? [];
  const file = files.find((one) => one.name === name);
  if (file !== undefined && Number(good) < Number(size)) {
    return cutAt(directory, files, file, Number(good));
  }
  const [, why = 'it cannot be read'] =
    /ERROR DETECTED ---\n\[offset \d+\] (.*)/.exec(output) ?? [];
  if (why.includes('format version')) {
    throw new StartError(`${directory} was written by a newer Redis (${why}); install that one`);
  }
  const [base] = files;
  if (base?.kind === 'base' && !/^BASE AOF .* is valid/m.test(output))
    return cutBefore(directory, files, base, `is damaged (${why})`);
  throw new StartError(
    `redis-check-aof cannot read ${directory}: ${output.trim().split('\n').at(-1)}`,
  );
}

/** Drops a file and all later files: without the earlier writes, an increment would create keys that never expire. */
function cutBefore(
  directory: string,
  files: readonly AofFile[],
  file: AofFile,
  flaw: string,
): Damage {
  const kept = files.slice(0, files.indexOf(file));
  const names = files.slice(kept.length).map(({ name }) => name);
  return {
    flaw: `${join(directory, file.name)} ${flaw}`,
    loss: kept.length === 0 ? 'everything' : `all that was in ${names.join(', ')}`,
    repair: () => keep(directory, files, kept),
  };
}

function cutAt(
  directory: string,
  files: readonly AofFile[],
  file: AofFile,
  goodBytes: number,
): Damage | undefined {
  const path = join(directory, file.name);
  const lostBytes = statSync(path).size - goodBytes;
  const isLast = file === files.at(-1);
  if (isLast && isUnfinished(path, goodBytes)) return undefined;
  const areZeros = endsInZeros(path, goodBytes);
  // A snapshot ends with a checksum, so bytes after it do not belong to it.
  const isWhole = file.name.endsWith('.rdb');
  const kept = isWhole ? files : files.slice(0, files.indexOf(file) + 1);
  const dropped = files.slice(kept.length).map(({ name }) => name);
  const losses = [
    describeFrom(path, goodBytes),
    ...dropped.map((name) => describeFrom(join(directory, name), 0)),
  ];
  return {
    flaw: areZeros
      ? `${path} ends in ${lostBytes} zero bytes, as a loss of power leaves them`
      : `${path} is damaged from byte ${goodBytes} of ${goodBytes + lostBytes} on`,
    loss: isWhole ? 'nothing; the bytes did not belong there' : losses.join(', '),
    repair() {
      keep(directory, files, kept);
      truncateSync(path, goodBytes);
    },
  };
}

function keep(directory: string, files: readonly AofFile[], kept: readonly AofFile[]): void {
  if (kept.length === files.length) return;
  writeManifest(directory, kept);
  for (const { name } of files.slice(kept.length)) rmSync(join(directory, name), { force: true });
}

/** Runs redis-check-aof, which reports to its standard output. */
function check(checker: string, manifest: string): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(checker, [manifest], (error, stdout) => {
      if (typeof error?.code === 'string') {
        reject(new StartError(`${checker} does not run: ${error.message}`));
      } else resolve({ ok: error === null, output: stdout });
    });
    child.stdin?.end();
  });
}
