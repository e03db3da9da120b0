import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** The messages by which a worker asks the primary for the sum over all workers, and the primary answers. */
const REQUEST = 'metrics-request';
const ANSWER = 'metrics-answer';

interface Answer {
  type: typeof ANSWER;
  id: number;
  text?: string;
}

/** To be called in the primary: answers a worker that asks for the metrics of all workers. */
export function answerMetrics(worker: Worker): void {
  const aggregator = new AggregatorRegistry();
  worker.on('message', async ({ type, id }: { type: unknown; id: number }) => {
    if (type !== REQUEST) return;
    const text = await aggregator.clusterMetrics().catch(() => undefined);
    if (worker.isConnected()) worker.send({ type: ANSWER, id, text } as Answer);
  });
}

/** The metrics of the service as text: those of this process, or the sum over all workers if this process is a worker. */
export function createMetricsText(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries(registry);
  let last = 0;
  return async () => {
    last += 1;
    const id = last;
    process.send?.({ type: REQUEST, id });
    for (;;) {
      const [answer] = (await once(process, 'message')) as [Answer];
      if (answer.type !== ANSWER || answer.id !== id) continue;
      if (answer.text === undefined) throw new Error('the workers did not tell their metrics');
      return answer.text;
    }
  };
}
