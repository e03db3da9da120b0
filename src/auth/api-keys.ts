import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { parse } from 'yaml';
import type { Identity } from './identity.js';
import { isScope, SCOPES, type Scope } from './scope.js';

/** A configured API key: its name, its hash and its scopes. The key itself is not stored. */
export interface ApiKeyEntry {
  name: string;
  /** SHA-256 of the key, 64 hexadecimal digits. */
  sha256: string;
  scopes: Scope[];
}

/** The prefix of API keys, by which programs that search for leaked secrets recognise them. */
const PREFIX = 'seg_';

/** A new API key of 256 random bits. Nobody can guess it, so a plain hash of it is safe to store. */
export function generateApiKey(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Checks a list of API keys.
 *
 * @param value the list, or its YAML or JSON
 * @throws Error that names the first wrong entry
 */
export function parseApiKeys(value: unknown): ApiKeyEntry[] {
  const list = typeof value === 'string' ? parseYaml(value) : value;
  if (!Array.isArray(list)) throw new Error('must be a list of { name, sha256, scopes }');
  const seen = new Map<string, string>();
  return list.map((entry: unknown, index) => {
    const where = nameOf(entry, index);
    const checked = parseEntry(entry, where);
    for (const unique of [checked.name, checked.sha256]) {
      const first = seen.get(unique);
      if (first !== undefined) throw new Error(`${where} has the name or the hash of ${first}`);
      seen.set(unique, where);
    }
    return checked;
  });
}

const FIELDS = ['name', 'sha256', 'scopes'];

function parseEntry(entry: unknown, where: string): ApiKeyEntry {
  if (typeof entry !== 'object' || entry === null) {
    throw new Error(`${where} must be { name, sha256, scopes }`);
  }
  const { name, sha256, scopes } = entry as Record<string, unknown>;
  const other = Object.keys(entry).find((field) => !FIELDS.includes(field));
  if (other !== undefined) throw new Error(`${where} must have no ${other}`);
  if (!isApiKeyName(name)) {
    throw new Error(`${where}: name must be 1 to 64 letters, digits, dots, dashes or underscores`);
  }
  if (typeof sha256 !== 'string' || !/^[\da-f]{64}$/i.test(sha256)) {
    throw new Error(`${where}: sha256 must be 64 hexadecimal digits`);
  }
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScope)) {
    throw new Error(`${where}: scopes must be some of ${SCOPES.join(', ')}`);
  }
  return { name, sha256: sha256.toLowerCase(), scopes };
}

export function isApiKeyName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
}

function nameOf(entry: unknown, index: number): string {
  const name = (entry as { name?: unknown } | null)?.name;
  return `entry ${index + 1}${isApiKeyName(name) ? ` (${name})` : ''}`;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // The message of the parser would quote the text.
    throw new Error('must be YAML or JSON of a list');
  }
}

/**
 * Finds the identity of an API key. The hashes of all keys are compared, each in constant time, so the duration reveals
 * nothing about any key.
 *
 * @returns a function that gives undefined for an unknown key
 */
export function createApiKeyFinder(
  entries: readonly ApiKeyEntry[],
): (key: string) => Identity | undefined {
  const keys = entries.map(({ name, sha256, scopes }) => ({
    hash: Buffer.from(sha256, 'hex'),
    identity: {
      name: `key:${name}`,
      scopes: new Set(scopes),
      expiresAt: Number.POSITIVE_INFINITY,
    },
  }));
  return (key) => {
    const hash = hashApiKey(key);
    return keys.filter((one) => timingSafeEqual(one.hash, hash))[0]?.identity;
  };
}
