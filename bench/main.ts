// Measures this system beside others, all in one run on this machine, and writes bench/results.json,
// docs/benchmark.md and docs/benchmark.svg.
import { readCommandLine } from '../scripts/command-line.mjs';
import { startRabbitmqServer } from '../scripts/testbed/rabbitmq-server.js';
import { BENCH } from './options.mjs';
import { BOUNDS } from './report/bounds.js';
import { type Section, toMarkdown } from './report/table.js';
import { writeResults } from './report/write.js';
import { measureAuthentication, startGuarded } from './shapes/authentication.js';
import { measureBulk, measureBulkMemory } from './shapes/bulk.js';
import { measureGrowth, measureMemory } from './shapes/growth.js';
import { type Contestants, type Measurement, measureShapes } from './shapes/list.js';
import { measureOverload, SERVICE_CORE } from './shapes/overload.js';
import { measureLone, measurePosts } from './shapes/posts.js';
import { startOwn } from './systems/own.js';
import { startBare, startGin, startGoGrpc, startNaive, startWebdis } from './systems/peers.js';
import { createProcesses } from './systems/processes.js';
import type { OwnSystem } from './systems/system.js';

const { values: options } = readCommandLine(BENCH);

const words = options.only.split(',').filter(Boolean);
const times = { rounds: Number(options.rounds), seconds: Number(options.seconds) };
const processes = createProcesses();

if (options.beside !== undefined) await measureBeside(options.beside);
else await measureAll();
await processes.stop();
process.exit();

async function measureBeside(directory: string): Promise<void> {
  const startBefore = () => startOwn(processes, { name: directory, directory });
  const own = [await startBefore(), await startHere()];
  const starts = [startBefore, startHere];
  await run(measureShapes({ own, starts }, times), own);
}

async function measureAll(): Promise<void> {
  const rabbitmq = await startRabbitmqServer();
  const own = await startHere();
  const sections = await run(await listAll(own, rabbitmq.url), [own]);
  await rabbitmq.close();
  if (words.length === 0) writeResults(sections, times);
}

function startHere(): Promise<OwnSystem> {
  return startOwn(processes, { isProfiled: options.profile });
}

async function listAll(own: OwnSystem, rabbitmqUrl: string): Promise<Measurement[]> {
  const alone = await startOwn(processes, { env: { USS_QUEUE_BATCH: '1', ES_QUEUE_BATCH: '1' } });
  const queued = await startOwn(processes, {
    name: 'this system, through RabbitMQ',
    env: {
      USS_TRANSPORT: 'rabbitmq',
      USS_RABBITMQ_URL: rabbitmqUrl,
      ES_RABBITMQ_URL: rabbitmqUrl,
    },
  });
  const unmeasured = await startOwn(processes, {
    name: 'this system, without metrics',
    env: { USS_METRICS_ENABLED: 'false', ES_METRICS_ENABLED: 'false' },
  });
  const unsampled = await startOwn(processes, {
    name: 'without samples',
    env: { ES_SAMPLE_SIZE: '0' },
  });
  const guarded = await startGuarded(processes);
  const pinned = await startOwn(processes, { prefix: SERVICE_CORE });
  // What settings and growth do needs fewer, or a run takes longer than anybody waits.
  const few = { ...times, rounds: Math.min(times.rounds, 3) };
  return [
    ...measureShapes(await startContestants(own), times),
    ...[64, 256].flatMap((connections): Measurement[] => [
      [
        `transport ${connections}`,
        () => measurePosts([own, queued], connections, few, ' by transport'),
      ],
      [
        `metrics ${connections}`,
        () => measurePosts([own, unmeasured], connections, few, ' with and without metrics'),
      ],
      [
        `samples ${connections}`,
        () => measurePosts([unsampled, own], connections, few, ' with and without samples'),
      ],
      [`auth ${connections}`, () => measureAuthentication(own, guarded, connections, few)],
    ]),
    ...[200, 100_000].map(
      (segments): Measurement => [
        `samples ${segments}`,
        () => measureBulk([unsampled, own], segments, few, ', with and without samples'),
      ],
    ),
    ['lone', () => measureLone(own, alone, few)],
    ['growth post', () => measureGrowth(own, 'post', few)],
    ['growth get', () => measureGrowth(own, 'get', few)],
    ['rss', () => measureBulkMemory(own)],
    ['overload', () => measureOverload(pinned)],
    ['memory', () => measureMemory([unsampled, own])],
  ];
}

/** This system, and all that it is compared with. */
async function startContestants(own: OwnSystem): Promise<Contestants> {
  const bare = await startBare(processes);
  const peers = {
    'naive pair': await startNaive(processes),
    webdis: await startWebdis(processes),
    'Gin pair (needs Go and Gin from Debian)': await startGin(processes),
  };
  const grpcPeers = {
    'Go gRPC server (needs Go and its gRPC from Debian)': await startGoGrpc(processes),
  };
  return {
    own: [own],
    starts: [startHere],
    peers: [bare, ...there(peers)],
    bare: [bare],
    grpcPeers: there(grpcPeers),
  };
}

/** Those that could be started; says of the others that they are left out. */
function there<S>(started: Record<string, S | undefined>): S[] {
  for (const [name, system] of Object.entries(started)) {
    if (system === undefined) console.log(`left out, not to be had here: ${name}`);
  }
  return Object.values(started).filter((system) => system !== undefined);
}

/** Measures what is wanted, and prints each table as soon as it is there. */
async function run(
  measurements: readonly Measurement[],
  own: readonly OwnSystem[],
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const [title, measure] of measurements) {
    if (words.length > 0 && !words.some((word) => title.includes(word))) continue;
    const section = { words: title, ...(await measure()), bound: BOUNDS[title] };
    sections.push(section);
    console.log(toMarkdown(section));
    for (const { profiles } of own) if (profiles !== undefined) console.log(`${profiles.take()}\n`);
  }
  return sections;
}
