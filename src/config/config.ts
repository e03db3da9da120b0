import { existsSync } from 'node:fs';
import convict from 'convict';
import { readConfigFile } from './config-file.js';
import { readEnvironment } from './environment.js';
import './formats.js';
import { StartError } from '../process/lifecycle.js';
import { keysOf, type SchemaKey } from './schema-keys.js';

/** A setting with a whole number. */
export function wholeNumber(
  doc: string,
  env: string,
  value: number,
  [minimum, maximum]: [number, number],
) {
  return { doc, format: 'whole-number', default: value, env, minimum, maximum };
}

/** A setting with a text. */
export function text(doc: string, env: string, value: string, format = 'text') {
  return { doc, format, default: value, env };
}

/** The items of a list that are separated by commas; an empty text has no items. */
export function listOf(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
}

/** A setting that is true or false. @default false */
export function switchKey(doc: string, env: string, value = false) {
  return { doc, format: 'switch', default: value, env };
}

/** A setting with one of the given words. */
export function choice<Word extends string>(
  doc: string,
  env: string,
  value: Word,
  words: readonly Word[],
) {
  return { doc, format: [...words], default: value, env };
}

/** A setting with a duration in milliseconds, at most an hour. */
export function duration(doc: string, env: string, value: number) {
  return wholeNumber(doc, env, value, [1, 3_600_000]);
}

/** A setting with a port; 0 means any free port. */
export function port(doc: string, env: string, value: number) {
  return wholeNumber(doc, env, value, [0, 65_535]);
}

export interface ConfigSources {
  /** The environment; an empty variable counts as not set. */
  env: NodeJS.ProcessEnv;
  /** The prefix of the variables of the service; with `_CONFIG` after it, it is the variable for the YAML file. */
  prefix: string;
  /** The YAML file that is used if the variable names none; it need not exist. */
  defaultFile: string;
  /** Values that replace the defaults of the schema. */
  defaults: object;
}

/**
 * Loads a configuration: defaults < YAML file < environment. A secret may be in a file; the variable with `_FILE` at its
 * end names this file.
 *
 * @param schema a schema of convict
 * @throws StartError that names every wrong setting with its variable
 */
export function loadConfig<T>(schema: convict.Schema<T>, sources: ConfigSources): T {
  const { env, prefix, defaultFile, defaults } = sources;
  const keys = keysOf(schema);
  const variables = readEnvironment(keys, prefix, env);
  const config = convict(schema, { env: variables, args: [] });
  config.load(defaults);
  const file = variables[`${prefix}_CONFIG`] ?? (existsSync(defaultFile) ? defaultFile : undefined);
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

/** The errors of convict in one line, each setting with its variable. */
function describe(error: Error, keys: SchemaKey[]): string {
  const complaints = error.message.split('\n').map((line) => {
    const [path = ''] = line.split(':', 1);
    const variable = keys.find((key) => key.path === path)?.env;
    return variable === undefined ? line : `${variable} (${path})${line.slice(path.length)}`;
  });
  return complaints.join('; ');
}
