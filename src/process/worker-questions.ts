import cluster, { type Worker } from 'node:cluster';
import { withTimeout } from './timeout.js';

/** A worker asks all other workers through the primary, because only the primary knows them. */
type Message =
  /** From a worker to the primary: a question for all others. */
  | { type: 'question'; id: number; topic: string; value: unknown }
  /** From the primary to another worker; the answer goes back to the primary. */
  | { type: 'asked'; id: number; topic: string; value: unknown }
  | { type: 'answer'; id: number; value: unknown }
  /** From the primary to the worker that has asked: the answers of all others, null for a worker without an answer. */
  | { type: 'answers'; id: number; values: unknown[] };

/** How long a worker may take to answer, in milliseconds. */
const ANSWER_MS = 1_000;

let lastId = 0;

/** In the primary: the functions that resolve each question to a worker, by its id. */
const asked = new Map<number, (value: unknown) => void>();

/** In the primary: passes the questions of a worker to all other workers. */
export function relayQuestions(worker: Worker, workers: Iterable<Worker>): void {
  worker.on('message', async (message: Message) => {
    if (message.type === 'answer') asked.get(message.id)?.(message.value);
    if (message.type !== 'question') return;
    const others = [...workers].filter((other) => other !== worker);
    const values = await Promise.all(others.map((other) => answerOf(other, message)));
    if (worker.isConnected()) send(worker, { type: 'answers', id: message.id, values });
  });
}

async function answerOf(worker: Worker, { topic, value }: Message & { type: 'question' }) {
  lastId += 1;
  const id = lastId;
  const answered = new Promise<unknown>((resolve) => asked.set(id, resolve));
  // A worker that has ended does not answer.
  if (worker.isConnected()) send(worker, { type: 'asked', id, topic, value });
  const answer = await withTimeout(ANSWER_MS, answered).catch(() => null);
  asked.delete(id);
  return answer;
}

function send(worker: Worker, message: Message): void {
  // An error needs no handling: the other side stops waiting by itself.
  worker.send(message, () => {});
}

type Answerer = (value: unknown) => unknown;
const answerers = new Map<string, Answerer>();
const waiting = new Map<number, (values: unknown[]) => void>();

/** In a worker: sets the function that answers the questions of others. Undefined means no answer. */
export function answerWorkers(topic: string, answer: Answerer): void {
  if (!cluster.isWorker) return;
  listen();
  answerers.set(topic, answer);
}

/**
 * Asks all other workers that serve.
 *
 * @returns the answer of each worker, undefined if it has none or is too late; an empty list if this process is not a
 *   worker
 */
export async function askWorkers(topic: string, value: unknown): Promise<unknown[]> {
  if (!cluster.isWorker) return [];
  listen();
  lastId += 1;
  const id = lastId;
  const answered = new Promise<unknown[]>((resolve) => waiting.set(id, resolve));
  process.send?.({ type: 'question', id, topic, value } satisfies Message);
  const values = await withTimeout(2 * ANSWER_MS, answered).catch(() => [undefined]);
  waiting.delete(id);
  return values.map((one) => one ?? undefined);
}

/** Whether this process is to do what only one process of a service does: it is no worker, or the oldest that serves. */
export async function isFirstWorker(): Promise<boolean> {
  const id = cluster.worker?.id;
  if (id === undefined) return true;
  answerWorkers('worker', () => id);
  const others = await askWorkers('worker', null);
  // One that was never asked before has no answer, and asks next time.
  return others.every((other) => typeof other !== 'number' || id < other);
}

let isListening = false;

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on('message', (message: Message) => {
    if (message.type === 'answers') waiting.get(message.id)?.(message.values);
    if (message.type !== 'asked') return;
    const { id, topic, value } = message;
    process.send?.({ type: 'answer', id, value: answerers.get(topic)?.(value) ?? null });
  });
}
