// Command lines of all scripts: their help, and what is said of a mistake. Plain JavaScript that needs no package, so that
// both are told before anything is set up.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

// Not there before the first set-up; no option is suggested until then.
const levenshtein = await import('fastest-levenshtein').catch(() => undefined);

/**
 * What a script is told by its command line.
 *
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @typedef {object} Command
 * @property {string} name what follows `npm run`
 * @property {string} usage what `--help` prints
 * @property {Options} options beside `--help` and `--version`
 * @property {boolean} [takesWords] whether there are parameters that are no options
 * @property {readonly string[]} [numbers] options that are whole numbers from 1
 */

/**
 * Reads the command line of this process. It ends here where help or the version is asked for, and with one line where it is
 * not as it should be.
 *
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {Command<Options>} command
 */
export function readCommandLine(command, parameters = process.argv.slice(2)) {
  const { name, usage, options, takesWords = false, numbers = [] } = command;
  const fail = (/** @type {string} */ line) => {
    console.error(`${name}: ${line}`);
    process.exit(1);
  };
  const before = parameters.slice(0, (parameters.indexOf('--') + 1 || Infinity) - 1);
  if (before.includes('--help') || before.includes('-h')) {
    console.log(usage.trim());
    process.exit();
  }
  if (before.includes('--version')) {
    console.log(
      JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
    );
    process.exit();
  }
  const known = [...Object.keys(options).map((option) => `--${option}`), '--help', '--version'];
  const unknown = before
    .map((one) => /^(--?[^=\d][^=]*)/.exec(one)?.[1] ?? '--help')
    .find((one) => !known.includes(one));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    fail(
      `there is no option ${JSON.stringify(unknown)}; ${near === undefined ? '' : `is ${near} meant? `}--help lists them`,
    );
  }
  const read = parse(options, parameters, takesWords, fail);
  for (const number of numbers) {
    const value = /** @type {Record<string, unknown>} */ (read.values)[number];
    if (value === undefined || /^[1-9]\d{0,8}$/.test(String(value))) continue;
    fail(`--${number} must be a whole number from 1, not ${JSON.stringify(value)}`);
  }
  return read;
}

/**
 * The option that was most likely meant: one of which at most two letters differ, or a third of a long one.
 *
 * @param {string} unknown
 * @param {readonly string[]} known
 */
function nearest(unknown, known) {
  if (levenshtein === undefined) return undefined;
  const word = unknown.toLowerCase();
  const best = levenshtein.closest(word, known);
  const most = Math.max(2, Math.max(word.length, best.length) / 3);
  return levenshtein.distance(word, best) <= most ? best : undefined;
}

/**
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {Options} options
 * @param {string[]} args
 * @param {boolean} allowPositionals
 * @param {(line: string) => void} fail ends the process
 */
function parse(options, args, allowPositionals, fail) {
  try {
    return parseArgs({ args, options, allowPositionals });
  } catch (error) {
    const [line = ''] = /** @type {Error} */ (error).message.split(/[.\n]/);
    fail(`${line}; --help says more`);
    throw error;
  }
}
