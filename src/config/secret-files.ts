import { readFileSync } from 'node:fs';
import { StartError } from '../process/lifecycle.js';
import type { SchemaKey } from './schema-keys.js';

/** The end of a variable that names a file with a secret. */
export const SUFFIX = '_FILE';

/**
 * Reads secrets from files, as Docker and Kubernetes mount them.
 *
 * @param keys the known settings
 * @param env the environment, without empty variables
 * @returns the variables that files set, without white space around the values
 * @throws StartError if a file cannot be read or is empty, or both the file and the secret are given
 */
export function readSecrets(keys: SchemaKey[], env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap(({ env: name, sensitive }) => {
      if (!sensitive) return [];
      const file = env[name + SUFFIX];
      if (file === undefined) return [];
      if (env[name] !== undefined) {
        throw new StartError(`bad configuration: set ${name} or ${name}${SUFFIX}, not both`);
      }
      return [[name, readSecret(name + SUFFIX, file)]];
    }),
  );
}

function readSecret(variable: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const [reason] = String((cause as Error).message).split('\n');
    throw new StartError(`bad configuration: ${variable}: ${reason}`, { cause });
  }
  if (text === '') throw new StartError(`bad configuration: ${variable}: ${file} is empty`);
  return text;
}
