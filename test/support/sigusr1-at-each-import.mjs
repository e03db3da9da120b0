// Preloaded into a process under test, it sends SIGUSR1 to that process whenever a file is about to be loaded, but for the
// one that it is started with and the one that has to be loaded first.
import { writeSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Hooks run in a thread of their own, which imports this file once more.
if (isMainThread) register(import.meta.url);

let isTold = false;

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  const isFirst = context.parentURL === undefined || /\/no-debugger\.\w+$/.test(resolved.url);
  if (resolved.url.startsWith('file:') && !isFirst) {
    process.kill(process.pid, 'SIGUSR1');
    // Once: workers share what they print on, and it takes only so much.
    if (!isTold) writeSync(2, 'SIGUSR1 was sent\n');
    isTold = true;
  }
  return resolved;
}
