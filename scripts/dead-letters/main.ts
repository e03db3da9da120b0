// `npm run dead-letters`: shows the messages that could not be stored, and sends them again.
import { parseArgs } from 'node:util';
import { connect } from 'amqplib';
import { loadEsConfig } from '../../src/es/config.js';
import { listDeadLetters, retryDeadLetters } from './letters.js';

const USAGE = `npm run dead-letters -- list [options]    shows them, and leaves them where they are
npm run dead-letters -- retry [options]   puts each that is there now into the queue again

  --url URL     RabbitMQ; ES_RABBITMQ_URL, or that of config/es.yaml, unless given
  --queue NAME  the queue of memberships; ES_RABBITMQ_QUEUE, or memberships, unless given
  --limit N     at most so many; 100 unless given
`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`dead-letters: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const config = loadEsConfig().rabbitmq;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: config.url },
      queue: { type: 'string', default: config.queue },
      limit: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, ...more] = positionals;
  const run = { list: listDeadLetters, retry: retryDeadLetters }[command ?? ''];
  if (values.help || run === undefined || more.length > 0) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : 1;
  }
  if (!/^[1-9]\d*$/.test(values.limit)) throw new Error('--limit must be a whole number from 1');
  if (values.url === '') throw new Error('where is RabbitMQ? Set ES_RABBITMQ_URL or give --url');
  const connection = await connect(values.url, { timeout: config.timeoutMs }).catch((error) => {
    throw new Error(`RabbitMQ at ${new URL(values.url).host} cannot be reached: ${error.message}`);
  });
  try {
    await run(await connection.createConfirmChannel(), values.queue, Number(values.limit));
  } finally {
    await connection.close();
  }
  return 0;
}
