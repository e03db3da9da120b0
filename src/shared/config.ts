import { existsSync, readFileSync } from 'node:fs';
import convict from 'convict';
import { parse } from 'yaml';
import { StartError } from './lifecycle.js';
import { readSecrets } from './secret-files.js';

convict.addFormat({
  name: 'whole-number',
  validate: (value: unknown, key) => {
    const { minimum, maximum } = key as unknown as ReturnType<typeof wholeNumber>;
    if (!Number.isInteger(value) || Number(value) < minimum || Number(value) > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
});
convict.addFormat({
  name: 'optional-text',
  validate: (value: unknown) => {
    if (typeof value !== 'string') throw new Error('must be a text');
  },
});
convict.addFormat({
  name: 'text',
  validate: (value: unknown) => {
    if (typeof value !== 'string' || value === '') throw new Error('must be a text, not empty');
  },
});

convict.addFormat({
  name: 'ratio',
  validate: (value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
      throw new Error('must be a number from 0 to 1');
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^(?:\d+|\d*\.\d+)$/.test(value) ? Number(value) : value,
});

convict.addFormat({
  name: 'workers',
  validate: (value: unknown) => {
    if (
      value !== 'auto' &&
      !(Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 512)
    ) {
      throw new Error('must be auto, or a whole number from 1 to 512');
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
});

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

/** A key that is true or false. */
/** The parts of a list that a text is, separated by commas; none of an empty one. */
export function listOf(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
}

export function switchKey(doc: string, env: string) {
  return { doc, format: Boolean, default: false as boolean, env };
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
  /** The variable that names the YAML file. */
  fileVariable: string;
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
  const { env, fileVariable, defaultFile, defaults } = sources;
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  Object.assign(set, readSecrets(schema, set));
  const config = convict(schema, { env: set, args: [] });
  config.load(defaults);
  const file = set[fileVariable] ?? (existsSync(defaultFile) ? defaultFile : undefined);
  if (file !== undefined) config.load(readYaml(file));
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    throw new StartError(`bad configuration: ${describe(error as Error, schema)}`, {
      cause: error,
    });
  }
  return config.getProperties();
}

function readYaml(file: string): object {
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new StartError(`cannot read the configuration file ${file}: ${reason}`, { cause: error });
  }
  if (typeof value === 'object' && !Array.isArray(value)) return value as object;
  throw new StartError(`the configuration file ${file} must hold keys and values`);
}

/** convict's list of what is wrong on one line, each key with its variable. */
function describe(error: Error, schema: object): string {
  const complaints = error.message.split('\n').map((line) => {
    const [key = ''] = line.split(':', 1);
    const variable = variableOf(schema, key.split('.'));
    return variable === undefined ? line : `${variable} (${key})${line.slice(key.length)}`;
  });
  return complaints.join('; ');
}

function variableOf(schema: object, path: string[]): string | undefined {
  const node = path.reduce<unknown>(
    (parent, name) => (parent as Record<string, unknown> | undefined)?.[name],
    schema,
  );
  return (node as { env?: string } | undefined)?.env;
}
