import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';
import { Failure } from '../domain/failure.js';
import { NotReady } from '../process/probe.js';
import { TookTooLong, withTimeout } from '../process/timeout.js';
import { clientOptions } from '../tls/client-options.js';
import { readTlsFiles, type TlsPaths } from '../tls/files.js';
import { publishConfirmed, Refused } from './publish.js';
import { deadLetterQueue, declareQueues, EMPTY_BATCH } from './queues.js';

export interface RabbitmqOptions {
  /** An AMQP URL. */
  url: string;
  /** The queue of batches. */
  queue: string;
  /** How long RabbitMQ may take to answer, in milliseconds. */
  timeoutMs: number;
  /** The certificates for an amqps URL. */
  tls: TlsPaths & { serverName: string };
  /**
   * Called for every new connection, with its channel and whether dead letters have a limit. The previous channel is closed
   * by then.
   */
  onOpen?: (connection: ChannelModel, channel: ConfirmChannel, limited: boolean) => Promise<void>;
}

export interface Rabbitmq {
  /** The number of messages in the queue and of dead letters, at the last check. */
  readonly depth: { messages: number; deadLetters: number };
  /** Resolves if RabbitMQ takes messages; otherwise rejects with the reason. */
  check(): Promise<void>;
  /**
   * Resolves when a message is on the disks of RabbitMQ. If this rejects, the message may be there nevertheless.
   *
   * @throws Failure `unavailable` or `deadline` if it is unknown whether the message is there
   */
  publish(queue: string, content: Buffer, properties: Options.Publish): Promise<void>;
  close(): Promise<void>;
}

/** The heartbeat in seconds. A silent RabbitMQ is noticed within twice this time. */
const HEARTBEAT_S = 3;

const RECOVERY = { initialDelay: 100, maxDelay: 1_000, factor: 2, jitter: 0.5 };

const ignore = () => {};

/** A connection to RabbitMQ that reconnects by itself. It has one channel, on which RabbitMQ confirms messages. */
export function createRabbitmq(options: RabbitmqOptions): Rabbitmq {
  const { url, queue, timeoutMs, onOpen, tls } = options;
  let channel: ConfirmChannel | undefined;
  let lastError: Error = new Error('there is no connection yet');
  let alarm: string | undefined;
  let connection: ChannelModel | undefined;
  /** Whether the queue has refused the last batch. */
  let refusing = false;
  let published = 0;
  const waiting = new Map<string, (error: unknown) => void>();
  const depth = { messages: 0, deadLetters: 0 };

  const open = async (connected: ChannelModel) => {
    connection = connected;
    alarm = undefined;
    refusing = false;
    // Until this function has ended there is no other listener, and an error without a listener ends the process.
    connected.on('error', noteError);
    connected.on('unblocked', () => {
      alarm = undefined;
    });
    connected.on('blocked', (reason) => {
      alarm = reason;
      for (const settle of waiting.values()) settle(new Error(`blocked: ${reason}`));
    });
    const opened = await connected.createConfirmChannel();
    opened.on('error', noteError);
    opened.on('return', ({ properties }) => {
      waiting.get(properties.messageId)?.(new Error('the queue is gone'));
      opened.close().catch(ignore);
    });
    // A new channel comes with a new connection.
    opened.on('close', () => {
      if (channel === opened) channel = undefined;
      connected.close().catch(ignore);
    });
    const limited = await declareQueues(connected, queue);
    channel = opened;
    await onOpen?.(connected, opened, limited);
  };
  /** amqplib answers nothing that is asked of a connection that has closed, and would wait for ever. */
  const setup = (connected: ChannelModel) => {
    const closed = new Promise<never>((_, reject) => {
      connected.once('close', () => reject(lastError));
    });
    return Promise.race([open(connected), closed]);
  };
  const noteError = (error: Error) => {
    lastError = error;
  };
  const current = readTlsFiles(url.startsWith('amqps:') ? tls : {});
  const connected = connect(withHeartbeat(url), {
    timeout: timeoutMs,
    // A batch may end in a small packet. This must not wait for the acknowledgement of the previous packet (Nagle's
    // algorithm).
    noDelay: true,
    ...clientOptions({ current }, tls.serverName),
    recovery: { ...RECOVERY, setup, waitForConnect: false },
  }).then((connection) =>
    connection.on('error', noteError).on('connect-failed', noteError).on('disconnect', noteError),
  );

  const usable = () => {
    if (channel === undefined) throw lastError;
    if (alarm !== undefined) throw new NotReady(`it takes nothing now: ${alarm}`);
    return channel;
  };
  /** Publishes on a channel of its own. */
  const publishAside = async (target: string, content: Buffer, properties: Options.Publish) => {
    usable();
    const aside = await (connection as ChannelModel).createConfirmChannel();
    aside.on('error', ignore);
    await publishConfirmed(aside, target, content, properties).finally(() => {
      aside.close().catch(ignore);
    });
  };
  /**
   * Finds out whether a queue at its limit has room again. A refused channel may be refused for minutes longer; a new
   * channel is not. It publishes an empty batch; the consumer stores nothing for it.
   */
  const checkRefusal = async () => {
    await withTimeout(timeoutMs, publishAside(queue, ...EMPTY_BATCH)).catch((error) => {
      throw error instanceof Refused ? new NotReady(error.message) : error;
    });
    lastError = new Error('it takes messages again, by a new connection');
    await channel?.close();
  };
  return {
    depth,
    async check() {
      if (refusing) await checkRefusal();
      const [main, dead] = await withTimeout(
        timeoutMs,
        Promise.all([usable().checkQueue(queue), usable().checkQueue(deadLetterQueue(queue))]),
      );
      depth.messages = main.messageCount;
      depth.deadLetters = dead.messageCount;
    },
    async publish(target, content, properties) {
      published += 1;
      const messageId = String(published);
      const confirmed = new Promise<void>((resolve, reject) => {
        waiting.set(messageId, reject);
        publishConfirmed(usable(), target, content, { ...properties, messageId })
          // Only the main queue is checked for room again; for other queues a new channel is tried immediately.
          .catch((error) =>
            error instanceof Refused && target !== queue
              ? publishAside(target, content, properties)
              : Promise.reject(error),
          )
          .then(resolve, reject);
      });
      try {
        await withTimeout(timeoutMs, confirmed);
        if (target === queue) refusing = false;
      } catch (error) {
        if (target === queue) refusing = error instanceof Refused;
        throw publishFailure(error);
      } finally {
        waiting.delete(messageId);
      }
    },
    async close() {
      await (await connected).close();
    },
  };
}

/** The name of RabbitMQ in the log, without secrets. */
export function rabbitmqTarget(url: string): string {
  return `RabbitMQ at ${new URL(url).host}`;
}

/** Adds a heartbeat. With it RabbitMQ and the client each notice that the other one has gone. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) {
    parsed.searchParams.set('heartbeat', String(HEARTBEAT_S));
  }
  return parsed.href;
}

function publishFailure(cause: unknown): Failure {
  if (cause instanceof Refused) return new Failure('unavailable', `${cause.message}; try again`);
  return cause instanceof TookTooLong
    ? new Failure('deadline', 'the queue took too long to answer', { cause })
    : new Failure('unavailable', 'the queue cannot be reached now; try again', { cause });
}
