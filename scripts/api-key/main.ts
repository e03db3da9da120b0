import { generateApiKey, hashApiKey, isApiKeyName } from '../../src/auth/api-keys.js';
import { isScope, type Scope } from '../../src/auth/scope.js';
import { readCommandLine } from '../command-line.mjs';
import { terminalMessage } from '../terminal-text.js';

const USAGE = `Usage: npm run api-key -- create NAME --scope SCOPE [--scope SCOPE ...]

Makes an API key and prints it, this once, with the line that makes a service know it.

  NAME             1 to 64 letters, digits, dots, dashes or underscores
  --scope SCOPE    what it may do: write, read or admin
  --help           this text
  --version        the version of the project
`;

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`api-key: ${terminalMessage(error)}`);
  process.exitCode = 1;
}

function main(parameters: string[]): void {
  const { values, positionals } = readCommandLine(
    {
      name: 'api-key',
      usage: USAGE,
      takesWords: true,
      options: { scope: { type: 'string', multiple: true } },
    } as const,
    parameters,
  );
  const [command, name, ...others] = positionals;
  if (command !== 'create' || others.length > 0) {
    throw new Error('say create NAME; --help lists the options');
  }
  if (!isApiKeyName(name)) {
    throw new Error('NAME must be 1 to 64 letters, digits, dots, dashes or underscores');
  }
  const scopes = [...new Set((values.scope ?? []).map(parseScope))];
  if (scopes.length === 0) throw new Error('say --scope write, read or admin, once or more');
  const key = generateApiKey();
  const sha256 = hashApiKey(key).toString('hex');
  console.log(`API key of ${name}, shown this once:

  ${key}

For config/uss.yaml or config/es.yaml:

auth:
  mode: api-key
  apiKeys:
    - { name: '${name}', sha256: '${sha256}', scopes: [${scopes.join(', ')}] }`);
}

function parseScope(word: string): Scope {
  const scope = `segments:${word.replace(/^segments:/, '')}`;
  if (!isScope(scope)) throw new Error(`--scope must be write, read or admin, not ${word}`);
  return scope;
}
