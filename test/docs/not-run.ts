/** Commands that are not run as they stand, and what is done instead. */
export const NOT_RUN: [
  pattern: RegExp,
  instead: 'help' | 'environment' | 'nothing',
  why: string,
][] = [
  [/^docker |^export RABBITMQ_PASSWORD/, 'nothing', 'needs a Docker engine'],
  [/^npm start/, 'nothing', 'runs beside all others'],
  [/^npm test|^\.ci\/run/, 'nothing', 'runs this very state in CI'],
  [
    /^npm run (check|generate|test-seeds|bench|bench-page|tour|accuracy|chaos|fuzz|attack|docs-check)\b/,
    ...(['help', 'takes minutes'] as const),
  ],
  [/^npx biome check --write/, 'nothing', 'changes sources'],
  [/^ES_REDIS_MODE=/, 'environment', 'names servers of an example'],
  [
    /^rabbitmqctl |dead-letters|^export ES_RABBITMQ_URL_FILE/,
    'nothing',
    'needs a RabbitMQ: test/integration/dead-letters.test.ts',
  ],
];
