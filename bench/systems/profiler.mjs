// Preloaded into a service that is profiled: begins a CPU profile when the benchmark says so, and answers with the
// profile when it asks for it.
import { Session } from 'node:inspector/promises';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
process.on('message', async (order) => {
  process.send?.(await session.post(order === 'begin' ? 'Profiler.start' : 'Profiler.stop'));
});
// So that the service ends as it would without a benchmark.
process.channel?.unref();
