// Measures this system beside others, all in one run on this machine, and writes bench/results.json,
// docs/benchmark.md and docs/benchmark.svg.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { readCommandLine } from '../scripts/command-line.mjs';
import { startRabbitmqServer } from '../scripts/testbed/rabbitmq-server.js';
import { measureAuthentication, startGuarded } from './authentication.js';
import { BESIDE } from './beside.js';
import { measureBulk, measureBulkMemory } from './bulk.js';
import { drawChart } from './chart.js';
import { measureColdCounts } from './cold-counts.js';
import { measureGrowth, measureMemory } from './growth.js';
import { measureGrpc } from './grpc.js';
import { BENCH } from './options.mjs';
import { measureOverload, SERVICE_CORE } from './overload.js';
import { createProcesses } from './processes.js';
import { type Section, toTable } from './report.js';
import {
  measureCounts,
  measureLone,
  measureMetrics,
  measurePosts,
  measureTransports,
} from './single.js';
import { type System, startBare, startGin, startNaive, startOwn, startWebdis } from './systems.js';

const { values: options } = readCommandLine(BENCH);

const words = options.only.split(',').filter(Boolean);
const isWanted = (title: string) =>
  words.length === 0 || words.some((word) => title.includes(word));
const times = { rounds: Number(options.rounds), seconds: Number(options.seconds) };
const profiles = options.profile ? 'bench/profiles' : undefined;
const processes = createProcesses();
if (options.beside !== undefined) {
  const before = await startOwn(processes, { name: options.beside, directory: options.beside });
  const here = await startOwn(processes);
  for (const [title, measure] of BESIDE) {
    if (isWanted(title)) console.log(toTable(await measure([before, here], times)));
  }
  await processes.stop();
  process.exit();
}
const own = await startOwn(processes, { profiles });
const alone = await startOwn(processes, { env: { USS_QUEUE_BATCH: '1', ES_QUEUE_BATCH: '1' } });
const rabbitmq = await startRabbitmqServer();
const queued = await startOwn(processes, {
  name: 'this system, through RabbitMQ',
  env: {
    USS_TRANSPORT: 'rabbitmq',
    USS_RABBITMQ_URL: rabbitmq.url,
    ES_RABBITMQ_URL: rabbitmq.url,
  },
});
const unmeasured = await startOwn(processes, {
  name: 'this system, without metrics',
  env: { USS_METRICS_ENABLED: 'false', ES_METRICS_ENABLED: 'false' },
});
const guarded = await startGuarded(processes);
const pinned = await startOwn(processes, { prefix: SERVICE_CORE });
const peers = await startPeers();

const measurements: [title: string, measure: () => Promise<Section>][] = [
  ['post 64', () => measurePosts([...peers, own], 64, times)],
  ['post 256', () => measurePosts([...peers, own], 256, times)],
  ['transport 64', () => measureTransports([own, queued], 64, times)],
  ['transport 256', () => measureTransports([own, queued], 256, times)],
  ['metrics 64', () => measureMetrics([own, unmeasured], 64, times)],
  ['metrics 256', () => measureMetrics([own, unmeasured], 256, times)],
  ['auth 64', () => measureAuthentication(own, guarded, 64, times)],
  ['auth 256', () => measureAuthentication(own, guarded, 256, times)],
  ['get', () => measureCounts(peers, own, times)],
  ['bulk', () => measureBulk(own, Math.min(times.rounds, 5))],
  ['rss', () => measureBulkMemory(own)],
  ['grpc', () => measureGrpc(own, times)],
  ['lone', () => measureLone(own, alone, times)],
  ['growth post', () => measureGrowth(own, 'post', times)],
  ['growth get', () => measureGrowth(own, 'get', times)],
  ['cold counts', () => measureColdCounts([own], { rounds: Math.min(times.rounds, 5) })],
  ['overload', () => measureOverload(pinned)],
  ['memory', () => measureMemory(own)],
];

const sections: Section[] = [];
for (const [title, measure] of measurements) {
  if (!isWanted(title)) continue;
  const section = await measure();
  sections.push(section);
  console.log(toTable(section));
}
await processes.stop();
await rabbitmq.close();
if (words.length === 0) writeResults();
process.exit();

async function startPeers(): Promise<System[]> {
  const started = {
    'bare node:http': await startBare(processes),
    'naive pair': await startNaive(processes),
    webdis: await startWebdis(processes),
    'Gin pair (needs Go and Gin from Debian)': await startGin(processes),
  };
  for (const [name, system] of Object.entries(started)) {
    if (system === undefined) console.log(`left out, not to be had here: ${name}`);
  }
  return Object.values(started).filter((system) => system !== undefined);
}

function writeResults(): void {
  mkdirSync('bench', { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.versions.node };
  writeFileSync('bench/results.json', `${JSON.stringify({ machine, times, sections }, null, 2)}\n`);
  writeFileSync('docs/benchmark.svg', drawChart(sections.slice(0, 3)));
  const text = [
    '# Benchmark',
    '',
    'Written by `npm run bench`, which measures everything in interleaved rounds in one run: load generator',
    `and all services share ${machine.cores} cores (${machine.cpu}), Node.js ${machine.node}. The median of`,
    `${times.rounds} rounds of ${times.seconds} s; machines differ, so it is the ratios that count.`,
    '',
    ...sections.map(toTable),
  ].join('\n');
  writeFileSync('docs/benchmark.md', `${text.trimEnd()}\n`);
}
