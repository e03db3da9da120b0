/** How a documented command is tried. */
export type Way = 'run' | 'help' | 'settings' | 'key' | 'none';

/**
 * Commands that are not just run, and why. `help`: it is asked for its help, which shows that it is there. `settings`:
 * its variables are loaded as those of a service. `key`: what it prints is configured, and all is started again.
 */
const OTHERS: [start: RegExp, way: Way, why: string][] = [
  [/^docker |^export RABBITMQ_PASSWORD=/, 'none', 'needs a Docker engine'],
  [/^npm start/, 'none', 'runs already: all others are tried beside it'],
  [/^npm test|^\.ci\/run/, 'none', 'runs by itself'],
  [/^npx biome check --write/, 'none', 'changes the sources'],
  [/^export ES_RABBITMQ_URL_FILE=/, 'none', 'names a file of somebody else'],
  [/^npm run api-key /, 'key', ''],
  [/^npm run (?!import|dead-letters|generate)/, 'help', 'takes long'],
  [/^(ES|USS)_\w+=/, 'settings', 'names servers of somebody else'],
];

export function wayOf(text: string): [way: Way, why: string] {
  const [, way = 'run', why = ''] = OTHERS.find(([start]) => start.test(text)) ?? [];
  return [way, why];
}
