// Locks of directories. The kernel keeps a lock for as long as somebody holds its descriptor, and no longer, however
// processes end. Plain JavaScript without packages, since it is needed before there are any.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/** On macOS and the BSDs a file can be locked as it is opened; Node.js does not name it. */
const O_EXLOCK = 0x20;

/**
 * Locks a directory for this process and those that are given the descriptor, until all have closed it or have ended.
 * Nothing is written, so that nothing is left behind, and only who removes the directory removes its lock.
 *
 * @param {string} directory
 * @param {{ wait?: boolean }} [options] wait: whether to wait for whoever has the lock; not unless given
 * @returns {number | undefined} the descriptor; undefined where another has the lock
 * @throws Error where there is no such directory, or its file system has no locks
 */
export function lockDirectory(directory, { wait = false } = {}) {
  return process.platform === 'linux' ? lockOpened(directory, wait) : openLocked(directory, wait);
}

/**
 * @param {string} directory
 * @param {boolean} wait
 */
function lockOpened(directory, wait) {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  // It locks what it was given, which is ours too.
  const { status, signal, stderr, error } = spawnSync(
    'flock',
    [...(wait ? [] : ['-n']), '-x', '3'],
    {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      encoding: 'utf8',
    },
  );
  if (status === 0) return descriptor;
  closeSync(descriptor);
  if (status === 1 && stderr === '') return undefined;
  throw new Error(
    error === undefined
      ? `${directory} cannot be locked (${stderr.trim() || signal}); have it on a disk of this machine`
      : 'flock is missing; install util-linux',
  );
}

/**
 * @param {string} directory
 * @param {boolean} wait
 */
function openLocked(directory, wait) {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | O_EXLOCK;
  try {
    return openSync(directory, wait ? flags : flags | constants.O_NONBLOCK);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EAGAIN') return undefined;
    throw error;
  }
}
