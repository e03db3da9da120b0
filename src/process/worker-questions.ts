import cluster, { type Worker } from 'node:cluster';
import { within } from './within.js';

/** A worker asks all others, by way of the primary, which knows who there is. */
type Message =
  /** From a worker to the primary: to be asked of all others. */
  | { type: 'question'; id: number; topic: string; value: unknown }
  /** From the primary to a worker, and its answer. */
  | { type: 'asked'; id: number; topic: string; value: unknown }
  | { type: 'told'; id: number; value: unknown }
  /** From the primary to who has asked: an answer of each, null of who has none. */
  | { type: 'answers'; id: number; values: unknown[] };

/** How long a worker may take to answer. */
const ANSWER_MS = 1_000;

let lastId = 0;

/** In the primary: who waits for the answers of workers, by what these were asked. */
const asked = new Map<number, (value: unknown) => void>();

/** In the primary: asks the others what a worker wants to know of them. */
export function relayQuestions(worker: Worker, all: Iterable<Worker>): void {
  worker.on('message', async (message: Message) => {
    if (message.type === 'told') asked.get(message.id)?.(message.value);
    if (message.type !== 'question') return;
    const others = [...all].filter((other) => other !== worker);
    const values = await Promise.all(others.map((other) => answerOf(other, message)));
    if (worker.isConnected()) send(worker, { type: 'answers', id: message.id, values });
  });
}

async function answerOf(worker: Worker, { topic, value }: Message & { type: 'question' }) {
  lastId += 1;
  const id = lastId;
  const told = new Promise<unknown>((resolve) => asked.set(id, resolve));
  // One that is gone does not answer.
  if (worker.isConnected()) send(worker, { type: 'asked', id, topic, value });
  const answer = await within(ANSWER_MS, told).catch(() => null);
  asked.delete(id);
  return answer;
}

function send(worker: Worker, message: Message): void {
  // What cannot be sent is missed by who waits for it.
  worker.send(message, () => {});
}

type Answerer = (value: unknown) => unknown;
const answerers = new Map<string, Answerer>();
const waiting = new Map<number, (values: unknown[]) => void>();

/** In a worker: what the others are answered that ask. Undefined is no answer. */
export function answerWorkers(topic: string, answer: Answerer): void {
  if (!cluster.isWorker) return;
  listen();
  answerers.set(topic, answer);
}

/**
 * Asks all other workers that serve.
 *
 * @returns an answer of each, undefined of one that has none, or is too late; none where this is no worker
 */
export async function askWorkers(topic: string, value: unknown): Promise<unknown[]> {
  if (!cluster.isWorker) return [];
  listen();
  lastId += 1;
  const id = lastId;
  const answered = new Promise<unknown[]>((resolve) => waiting.set(id, resolve));
  process.send?.({ type: 'question', id, topic, value } satisfies Message);
  const values = await within(2 * ANSWER_MS, answered).catch(() => [undefined]);
  waiting.delete(id);
  return values.map((one) => one ?? undefined);
}

let isListening = false;

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on('message', (message: Message) => {
    if (message.type === 'answers') waiting.get(message.id)?.(message.values);
    if (message.type !== 'asked') return;
    const { id, topic, value } = message;
    process.send?.({ type: 'told', id, value: answerers.get(topic)?.(value) ?? null });
  });
}
