import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../process/lifecycle.js';

/** The part of lstat that is checked. */
export type FileFacts = Pick<Stats, 'uid' | 'mode' | 'isDirectory' | 'isSymbolicLink'>;

/**
 * Creates a directory that no other user may enter. An existing one is closed to others, with everything in it.
 *
 * @throws StartError if the directory, or anything in it, is a link or belongs to another user, who may have put it there
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

/** Closes a file to other users. A directory is closed before its files, so that nobody changes the files meanwhile. */
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
      // A left-behind Redis has deleted the file meanwhile.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

/**
 * Why a user cannot trust a file.
 *
 * @param uid the id of the user
 * @returns undefined if there is no reason
 */
export function flawOf(facts: FileFacts, uid: number): string | undefined {
  if (facts.isSymbolicLink()) return 'is a link';
  if (facts.uid !== uid) return `belongs to another user (uid ${facts.uid})`;
  return undefined;
}

/** The id of the user that owns the files of this process. `userInfo` fails for users without an entry in passwd. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

function refuse(path: string, flaw: string): never {
  throw new StartError(`${path} ${flaw}; move it away, or have it given to you (chown)`);
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
