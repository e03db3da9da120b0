import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../process/lifecycle.js';

/** What lstat tells of a file. */
export type FileFacts = Pick<Stats, 'uid' | 'mode' | 'isDirectory' | 'isSymbolicLink'>;

/**
 * Makes a directory that no other user may enter. One that is there is closed to others, with all that it holds.
 *
 * @throws StartError when it, or anything in it, is a link or belongs to another user, who may have put it there
 */
export function makePrivateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const facts = lstatSync(directory);
  if (!facts.isDirectory() && !facts.isSymbolicLink()) refuse(directory, 'is no directory');
  makePrivate(directory);
}

/** Closes a file, or a directory before what is in it, so that nobody changes that while it is looked at. */
function makePrivate(path: string): void {
  const facts = lstatSync(path);
  const flaw = flawOf(facts, ownUid());
  if (flaw !== undefined) refuse(path, flaw);
  chmodSync(path, facts.isDirectory() ? 0o700 : 0o600);
  if (!facts.isDirectory()) return;
  for (const name of readdirSync(path)) {
    try {
      makePrivate(join(path, name));
    } catch (error) {
      // Gone meanwhile: a Redis that was left behind still works there.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

/**
 * Why a user cannot trust a file.
 *
 * @param uid the user
 * @returns undefined where there is no reason
 */
export function flawOf(facts: FileFacts, uid: number): string | undefined {
  if (facts.isSymbolicLink()) return 'is a link';
  if (facts.uid !== uid) return `belongs to another user (uid ${facts.uid})`;
  return undefined;
}

/** Whom the files of this process belong to; not all users have an entry that tells more of them. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

function refuse(path: string, flaw: string): never {
  throw new StartError(`${path} ${flaw}; move it away, or have it given to you (chown)`);
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
