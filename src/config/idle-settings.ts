import { isDeepStrictEqual } from 'node:util';
import { StartError } from '../process/lifecycle.js';
import type { Remark } from './environment.js';
import type { SchemaKey } from './schema-keys.js';
import { SETTING_DEPENDENCES } from './setting-dependences.js';

/**
 * Finds settings that have no effect because of another one. A setting at its default does not count.
 *
 * @returns a warning for each switch that makes settings ineffective
 * @throws StartError if a setting that should protect something has no effect
 */
export function remarksOnIdle(keys: SchemaKey[], config: object): Remark[] {
  const refusals: string[] = [];
  const remarks: Remark[] = [];
  for (const row of SETTING_DEPENDENCES) {
    const { isOff, protects } = row;
    const by = keys.find(({ path }) => path === row.switch);
    if (by === undefined || !isOff(valueAt(config, by.path))) continue;
    const idle = keys.filter((key) => isAmong(key, row.keys) && isSet(key, config));
    if (idle.length === 0) continue;
    const names = idle.map(({ env, path }) => `${env} (${path})`).join(', ');
    const plural = idle.length > 1;
    const effect = protects
      ? `protect${plural ? '' : 's'} nothing`
      : `ha${plural ? 've' : 's'} no effect`;
    const remedy = row.should === '' ? `set ${by.env}` : `set ${by.env}${row.should}`;
    const text = `${names} ${effect} while ${by.env} ${row.is}: ${remedy}, or unset ${plural ? 'them' : 'it'}`;
    if (protects) refusals.push(text);
    else remarks.push({ level: 'warn', text });
  }
  if (refusals.length > 0) throw new StartError(`bad configuration: ${refusals.join('; ')}`);
  return remarks;
}

function isAmong({ path }: SchemaKey, paths: readonly string[]): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`));
}

function isSet(key: SchemaKey, config: object): boolean {
  return !isDeepStrictEqual(valueAt(config, key.path), key.default);
}

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config);
}
