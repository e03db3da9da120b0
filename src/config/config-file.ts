import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { nearest } from '../domain/nearest.js';
import { StartError } from '../process/lifecycle.js';
import type { SchemaKey } from './schema-keys.js';

type Mapping = Record<string, unknown>;

/**
 * Reads a YAML file of configuration. An empty section, such as one whose settings are all comments, sets nothing.
 *
 * @param keys the known settings
 * @throws StartError that says why the file cannot be read, or names each setting that is unknown, in the wrong place, or
 *   has a value of the wrong kind
 */
export function readConfigFile(file: string, keys: SchemaKey[]): object {
  const value = readYaml(file);
  if (!isMapping(value)) {
    throw new StartError(`the configuration file ${file} must hold keys and values`);
  }
  const complaints = complaintsOf(value, '', keys);
  if (complaints.length > 0) throw new StartError(`bad configuration: ${complaints.join('; ')}`);
  return withoutEmptySections(value);
}

function readYaml(file: string): unknown {
  try {
    const document = parseDocument(readFileSync(file, 'utf8'), { logLevel: 'error' });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault?.code === 'MULTIPLE_DOCS') throw new Error('it is to be one document, without ---');
    if (fault !== undefined) throw fault;
    return document.toJS() ?? {};
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new StartError(`cannot read the configuration file ${file}: ${reason}`, { cause: error });
  }
}

function complaintsOf(section: Mapping, within: string, keys: SchemaKey[]): string[] {
  return Object.entries(section).flatMap(([name, value]) => {
    const path = within === '' ? name : `${within}.${name}`;
    const key = keys.find((known) => known.path === path);
    const inside = keys.find((known) => known.path.startsWith(`${path}.`));
    if (key === undefined && inside === undefined) return unknown(path, value, keys);
    if (name.includes('.')) {
      const nested = path.split('.').reduceRight((inner, part) => `{ ${part}: ${inner} }`, '…');
      return [`'${path}' has to be nested: ${nested}`];
    }
    if (key !== undefined) return complaintsOfValue(key, value);
    if (value === null) return [];
    return isMapping(value)
      ? complaintsOf(value, path, keys)
      : [`'${path}' must have keys below it, such as '${inside?.path}'`];
  });
}

/** The errors for unknown settings, each with the known setting that was probably meant. */
function unknown(path: string, value: unknown, keys: SchemaKey[]): string[] {
  if (isMapping(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, child]) =>
      unknown(`${path}.${name}`, child, keys),
    );
  }
  const meant = nearest(
    path,
    keys.map((key) => key.path),
  );
  const shown = path.replace(/\s+/g, ' ');
  return [`'${shown}' is not known${meant === undefined ? '' : `, '${meant}' is`}`];
}

/** The errors for values of the wrong kind: a format would have no good message for them. The formats check the rest. */
function complaintsOfValue({ env, path, default: standard }: SchemaKey, value: unknown): string[] {
  const complain = (text: string) => [`${env} (${path}): ${text}`];
  if (value === null) return complain('has no value; give it one, or make it a comment');
  if (isMapping(value)) return complain('must be a value, without keys below it');
  if (typeof standard !== 'string' || typeof value === 'string') return [];
  return complain(
    Array.isArray(value)
      ? 'must be one text; where there may be several, commas separate them'
      : 'must be a text: put it in quotes',
  );
}

function withoutEmptySections(section: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(section)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, isMapping(value) ? withoutEmptySections(value) : value]),
  );
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
