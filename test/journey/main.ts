// The modules that one POST /segment enters, see options.mjs. It is measured, in real processes: V8 counts which functions run
// for each of some requests, and then each of these functions notes when it is entered first.
import { once } from 'node:events';
import { connect } from 'node:net';
import { readCommandLine } from '../../scripts/command-line.mjs';
import { startRedis } from '../support/system.js';
import { JOURNEY } from './options.mjs';
import { type Called, startRecorded } from './recorded.js';

const rounds = Number(readCommandLine(JOURNEY).values.rounds);
const redis = await startRedis();
const es = await startRecorded('dist/es/main.js', {
  ES_HTTP_PORT: '0',
  ES_GRPC_PORT: '0',
  ES_REDIS_URL: redis.url,
  ES_LOG_FORMAT: 'json',
});
const [, esPort] = await es.printed(/gRPC on [^"]*:(\d+)/);
await es.printed(/Redis at .* is reached/);
const uss = await startRecorded('dist/uss/main.js', {
  USS_HTTP_PORT: '0',
  USS_ES_ADDRESS: `dns:///127.0.0.1:${esPort}`,
  USS_LOG_FORMAT: 'json',
});
const [, ussPort] = await uss.printed(/REST on [^"]*:(\d+)/);
await uss.printed(/ES at .* is reached/);
const services = [
  { side: 'USS', recorded: uss },
  { side: 'ES', recorded: es },
];

// As a client keeps its connection, how one is opened is no part of the way.
const client = connect({ host: '127.0.0.1', port: Number(ussPort) });
let users = 0;

async function postOne(): Promise<void> {
  users += 1;
  const body = JSON.stringify({ segment: 'journey', user_id: `user-${users}` });
  const head = [
    'POST /segment HTTP/1.1',
    `host: 127.0.0.1:${ussPort}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  client.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const [answer] = await once(client, 'data');
  if (!String(answer).startsWith('HTTP/1.1 202')) throw new Error(`a POST was answered ${answer}`);
}

/** The functions of a service that each of some requests calls. Timers call others too, but not in each round. */
async function calledByEach(): Promise<Called[][]> {
  const found = services.map(() => new Map<string, { called: Called; times: number }>());
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(services.map(({ recorded }) => recorded.calledSince()));
    await postOne();
    for (const [at, { recorded }] of services.entries()) {
      for (const called of await recorded.calledSince()) {
        const key = `${called.url}:${called.offset}`;
        const times = found[at]?.get(key)?.times ?? 0;
        found[at]?.set(key, { called, times: times + 1 });
      }
    }
  }
  return found.map((functions) =>
    [...functions.values()].filter(({ times }) => times === rounds).map(({ called }) => called),
  );
}

interface Step {
  side: string;
  called: Called;
  /** Its place among all, in each round. */
  places: number[];
}

/** Functions in the order in which they are entered. */
async function inOrder(functions: readonly Called[][]): Promise<Step[]> {
  const steps = services.map(({ side }, at) =>
    (functions[at] ?? []).map((called): Step => ({ side, called, places: [] })),
  );
  await Promise.all(services.map(({ recorded }, at) => recorded.watch(functions[at] ?? [])));
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(services.map(({ recorded }) => recorded.enteredSince()));
    await postOne();
    const entered = await Promise.all(
      services.map(async ({ recorded }, at) =>
        (await recorded.enteredSince()).map(([index, when]) => ({
          step: steps[at]?.[index],
          when: BigInt(when),
        })),
      ),
    );
    const sorted = entered.flat().sort((one, other) => Number(one.when - other.when));
    for (const [place, { step }] of sorted.entries()) step?.places.push(place);
  }
  return steps.flat().sort((one, other) => placeOf(one) - placeOf(other));
}

/** The place in the round in the middle: what a timer did in one of them does not matter. */
function placeOf({ places }: Step): number {
  return places.sort((one, other) => one - other)[places.length >> 1] ?? Number.POSITIVE_INFINITY;
}

const rows = new Map<string, Set<string>>();
for (const { side, called } of await inOrder(await calledByEach())) {
  const row = `${side} | \`src/${called.url.replace(/\.js$/, '.ts')}\``;
  const names = rows.get(row) ?? new Set();
  const name = called.name.replace(/^get /, '');
  // Others have no name of their own, and the engine makes up one.
  if (/^\w+$/.test(name)) names.add(`\`${name}\``);
  rows.set(row, names);
}
console.log('| | service | module | functions |\n|--:|---|---|---|');
for (const [index, [row, names]] of [...rows].entries()) {
  console.log(`| ${index + 1} | ${row} | ${[...names].join(', ')} |`);
}
client.destroy();
await uss.close();
await es.close();
await redis.close();
process.exit();
