// `npm run dead-letters`: shows the messages that could not be stored, and sends them again.
import { connect } from 'amqplib';
import { loadEsConfig } from '../../src/es/config.js';
import { declareQueues } from '../../src/rabbitmq/queues.js';
import { readCommandLine } from '../command-line.mjs';
import { refusePassword } from '../refuse-password.js';
import { terminalMessage } from '../terminal-text.js';
import { listDeadLetters, retryDeadLetters } from './letters.js';

const USAGE = `Usage:

  npm run dead-letters -- list [options]    shows them, and leaves them where they are
  npm run dead-letters -- retry [options]   puts each that is there now into the queue again

  --url URL     RabbitMQ, without a password; ES_RABBITMQ_URL, or that of config/es.yaml, unless given
  --queue NAME  the queue of memberships; ES_RABBITMQ_QUEUE, or memberships, unless given
  --limit N     at most so many; 100 unless given
  --help        this text
  --version     the version of the project
`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`dead-letters: ${terminalMessage(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values, positionals } = readCommandLine({
    name: 'dead-letters',
    usage: USAGE,
    takesWords: true,
    options: {
      url: { type: 'string' },
      queue: { type: 'string' },
      limit: { type: 'string', default: '100' },
    },
  } as const);
  const config = loadEsConfig().rabbitmq;
  const queue = values.queue ?? config.queue;
  const [command, ...more] = positionals;
  const run = { list: listDeadLetters, retry: retryDeadLetters }[command ?? ''];
  if (run === undefined || more.length > 0) {
    throw new Error('say list or retry; --help lists the options');
  }
  if (!/^[1-9]\d*$/.test(values.limit)) throw new Error('--limit must be a whole number from 1');
  refusePassword(
    '--url',
    values.url ?? '',
    'set ES_RABBITMQ_URL, or ES_RABBITMQ_URL_FILE to a file with it',
  );
  const url = values.url ?? config.url;
  if (url === '') throw new Error('where is RabbitMQ? Set ES_RABBITMQ_URL or give --url');
  const connection = await connect(url, { timeout: config.timeoutMs }).catch((error) => {
    throw new Error(`RabbitMQ at ${new URL(url).host} cannot be reached: ${error.message}`);
  });
  try {
    await declareQueues(connection, queue);
    await run(await connection.createConfirmChannel(), queue, Number(values.limit));
  } finally {
    await connection.close();
  }
  return 0;
}
