import { startCommand } from './process.js';

/** The example file, and where in it is what. */
export const VISITS = [
  'examples/visits.csv',
  '--segment-field',
  'section',
  '--user-field',
  'visitor',
  '--time-field',
  'visited_at',
];

/**
 * Imports a file as if its newest row were of now.
 *
 * @param file its path and the options of `npm run import` that go with it
 * @returns what was printed
 * @throws Error with what was printed when it was not imported
 */
export async function importFile(base: string, file: readonly string[]): Promise<string> {
  const importer = ['node', '--import', 'tsx', 'scripts/import/main.ts'];
  const running = startCommand([...importer, ...file, '--shift-to-now', '--url', base], {});
  const { code } = await running.exited;
  if (code !== 0) throw new Error(running.output());
  return running.output();
}
