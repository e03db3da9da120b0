import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './shared/lifecycle.js';

/** What lstat tells of a file. */
export type FileFacts = Pick<Stats, 'uid' | 'mode' | 'isDirectory' | 'isSymbolicLink'>;

const MOVE_AWAY = 'move it away, or have it given to you (chown)';

/**
 * Makes a directory that no other user may enter. One that is there is closed to others, with all that it holds.
 *
 * @param remedy what a person can do where it cannot be used; move it away unless given
 * @throws StartError when it, or anything in it, is a link or belongs to another user, who may have put it there
 */
export function makePrivateDirectory(directory: string, remedy = MOVE_AWAY): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const facts = lstatSync(directory);
  if (!facts.isDirectory() && !facts.isSymbolicLink()) refuse(directory, 'is no directory', remedy);
  makePrivate(directory, remedy);
}

/** Closes a file, or a directory before what is in it, so that nobody changes that while it is looked at. */
function makePrivate(path: string, remedy: string): void {
  const facts = lstatSync(path);
  const flaw = flawOf(facts, ownUid());
  if (flaw !== undefined) refuse(path, flaw, remedy);
  chmodSync(path, facts.isDirectory() ? 0o700 : 0o600);
  if (!facts.isDirectory()) return;
  for (const name of readdirSync(path)) {
    try {
      makePrivate(join(path, name), remedy);
    } catch (error) {
      // Gone meanwhile: a Redis that was left behind still works there.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

/**
 * Checks that nobody can replace what one has in a directory that others use too, as the one for temporary files.
 *
 * @throws StartError when another user can
 */
export function checkSharedDirectory(directory: string, remedy: string): void {
  const flaw = sharedFlawOf(statSync(directory), ownUid());
  if (flaw !== undefined) refuse(directory, flaw, remedy);
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

const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/** Why another user can replace what one has in a directory; undefined where none can. */
export function sharedFlawOf(facts: FileFacts, uid: number): string | undefined {
  if (facts.uid !== uid && facts.uid !== 0) return flawOf(facts, uid);
  // In a sticky directory only the owner of a file may rename or remove it.
  return facts.mode & WRITABLE_BY_ALL && !(facts.mode & STICKY)
    ? 'lets every user replace what others have in it'
    : undefined;
}

/** Whom the files of this process belong to; not all users have an entry that tells more of them. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

function refuse(path: string, flaw: string, remedy: string): never {
  throw new StartError(`${path} ${flaw}; ${remedy}`);
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
