import type { ConfirmChannel, GetMessage } from 'amqplib';
import { StoreBatchRequest } from '../../src/generated/segment.js';
import { deadLetterQueue, REASON_HEADER, sameProperties } from '../../src/rabbitmq/queues.js';
import { terminalText } from '../terminal-text.js';

/** Prints a line for each dead letter; they are all back when the channel is closed. */
export async function listDeadLetters(
  channel: ConfirmChannel,
  queue: string,
  limit: number,
): Promise<void> {
  const total = await countLetters(channel, queue);
  console.log(`${total} dead letters`);
  for (let shown = 0; shown < Math.min(total, limit); shown += 1) {
    const letter = await channel.get(deadLetterQueue(queue));
    if (letter === false) break;
    console.log(describe(letter));
  }
}

/** Sends those that are there now to the queue again. What still cannot be stored comes back. */
export async function retryDeadLetters(
  channel: ConfirmChannel,
  queue: string,
  limit: number,
): Promise<void> {
  const total = Math.min(await countLetters(channel, queue), limit);
  let sent = 0;
  for (; sent < total; sent += 1) {
    const letter = await channel.get(deadLetterQueue(queue));
    if (letter === false) break;
    const properties = { ...sameProperties(letter), persistent: true };
    await new Promise<void>((resolve, reject) => {
      channel.sendToQueue(queue, letter.content, properties, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    channel.ack(letter);
  }
  // RabbitMQ forgets an acknowledgement that it has not worked on when the connection ends; by the answer it has.
  await channel.checkQueue(deadLetterQueue(queue));
  console.log(`${sent} dead letters sent again`);
}

async function countLetters(channel: ConfirmChannel, queue: string): Promise<number> {
  return (await channel.checkQueue(deadLetterQueue(queue))).messageCount;
}

/** One line, without user ids: when it was taken, how much it is, and why it is here. */
function describe({ properties, content }: GetMessage): string {
  const { timestamp, headers = {} } = properties;
  const reason = headers[REASON_HEADER] ?? headers['x-first-death-reason'] ?? 'unknown reason';
  const size = `${content.length} bytes`;
  return [timeOf(timestamp), size, sizeOf(content), terminalText(reason)].join('  ');
}

/** Whoever sent it may have put anything there. */
function timeOf(seconds: unknown): string {
  const time = new Date(Number(seconds ?? Number.NaN) * 1_000);
  return Number.isNaN(time.getTime()) ? 'unknown time' : time.toISOString();
}

function sizeOf(content: Buffer): string {
  try {
    const { memberships, packed } = StoreBatchRequest.decode(content);
    const sizes = packed?.sizes ?? [];
    return `${sizes.reduce((sum, size) => sum + size, memberships.length)} memberships`;
  } catch {
    return 'not decodable';
  }
}
