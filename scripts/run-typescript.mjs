import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, requireNode, root } from './setup.mjs';

/**
 * Sets up what is missing, then runs a script of the project in this process, so that signals reach it. It runs where it
 * was called, so that files may be named relative to that.
 *
 * @param {string} script
 */
export async function runTypeScript(script) {
  requireNode();
  ensureDependencies();
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(join(root, script)).href);
}
