import { existsSync } from 'node:fs';
import convict from 'convict';
import { readConfigFile } from './config-file.js';
import { readEnvironment } from './environment.js';
import './formats.js';
import { StartError } from '../process/lifecycle.js';
import { keysOf, type SchemaKey } from './schema-keys.js';

/** A key that holds a whole number. */
export function wholeNumber(
  doc: string,
  env: string,
  value: number,
  [minimum, maximum]: [number, number],
) {
  return { doc, format: 'whole-number', default: value, env, minimum, maximum };
}

/** A key that holds a text. */
export function text(doc: string, env: string, value: string, format = 'text') {
  return { doc, format, default: value, env };
}

/** The parts of a list that a text is, separated by commas; none of an empty one. */
export function listOf(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
}

/** A key that is true or false; false unless said otherwise. */
export function switchKey(doc: string, env: string, value = false) {
  return { doc, format: 'switch', default: value, env };
}

/** A key that holds one of some words. */
export function choice<Word extends string>(
  doc: string,
  env: string,
  value: Word,
  words: readonly Word[],
) {
  return { doc, format: [...words], default: value, env };
}

/** A key that holds a duration in milliseconds, at most an hour. */
export function duration(doc: string, env: string, value: number) {
  return wholeNumber(doc, env, value, [1, 3_600_000]);
}

/** A key that holds a port; 0 takes a free one. */
export function port(doc: string, env: string, value: number) {
  return wholeNumber(doc, env, value, [0, 65_535]);
}

export interface ConfigSources {
  /** Read first; an empty variable counts as not set. */
  env: NodeJS.ProcessEnv;
  /** What the variables of the service begin with, that of the YAML file (`_CONFIG`) too. */
  prefix: string;
  /** The YAML file read when the variable names none; it need not exist. */
  defaultFile: string;
  /** Values that take the place of the schema's defaults. */
  defaults: object;
}

/**
 * Loads a configuration: defaults < YAML file < environment. For the variable of a sensitive key, one with
 * `_FILE` at its end may name a file that has the value.
 *
 * @param schema one node a key, as convict describes it
 * @throws StartError that names every bad key, and the variable that sets it
 */
export function loadConfig<T>(schema: convict.Schema<T>, sources: ConfigSources): T {
  const { env, prefix, defaultFile, defaults } = sources;
  const keys = keysOf(schema);
  const set = readEnvironment(keys, prefix, env);
  const config = convict(schema, { env: set, args: [] });
  config.load(defaults);
  const file = set[`${prefix}_CONFIG`] ?? (existsSync(defaultFile) ? defaultFile : undefined);
  if (file !== undefined) config.load(readConfigFile(file, keys));
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    throw new StartError(`bad configuration: ${describe(error as Error, keys)}`, {
      cause: error,
    });
  }
  return config.getProperties();
}

/** convict's list of what is wrong on one line, each key with its variable. */
function describe(error: Error, keys: SchemaKey[]): string {
  const complaints = error.message.split('\n').map((line) => {
    const [path = ''] = line.split(':', 1);
    const variable = keys.find((key) => key.path === path)?.env;
    return variable === undefined ? line : `${variable} (${path})${line.slice(path.length)}`;
  });
  return complaints.join('; ');
}
