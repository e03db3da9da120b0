import { setTimeout as delay } from 'node:timers/promises';
import { type Acknowledged, countLost, NOTHING_LOST } from '../support/count-lost.js';
import { countOf, send } from '../support/http.js';
import { timeLimit } from '../support/time-limit.js';
import { type Deployment, RESIDENT } from './deployment.js';

const CANARY = 'a segment that nobody else names';
const CANARY_USERS = 500;
const FRESH_USERS = 1_000;

/** More than either service has any use for, whatever it was sent: 512 MiB. */
const MAX_RESIDENT = 512 * 2 ** 20;

/** How long broken connections may outlast their clients; several times the keepalive of ES here. */
const SETTLE_MS = 10_000;

/** Connections between the services that may be closed or opened meanwhile. */
const SPARE_FILES = 10;

const LOG_LEVEL_ERROR = 50;

const OPEN_FILES = 'process_open_fds';

/** What is to be the same again in the end. */
export interface Before {
  /** Counts of a segment, by service. */
  canary: number[];
  /** Open files and sockets of each service. */
  files: Record<string, number>;
}

/** Stores what has to be there in the end, and looks at what is there. */
export async function prepare(deployment: Deployment): Promise<Before> {
  const { services } = deployment;
  for (const { base } of services) await storeUsers(base, CANARY, CANARY_USERS);
  return { canary: await countCanary(services), files: await deployment.measure(OPEN_FILES) };
}

/** What is wrong with the services after all that, one line each. */
export async function inspect(
  deployment: Deployment,
  before: Before,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  const { services } = deployment;
  const dead = services.filter(({ process }) => process.child.exitCode !== null);
  if (dead.length > 0) return dead.map(({ name, process }) => `${name} died:\n${process.output()}`);

  const faults: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
    if (one !== other) faults.push(`${what}: ${one}, not ${other}`);
  };
  for (const { name, base, process } of services) {
    faults.push(...logFaults(process.output()).map((line) => `${name} logged ${line}`));
    expect(`/readyz of ${name}`, (await send(base, '/readyz')).status, 200);
  }
  for (const [name, resident] of Object.entries(await deployment.measure(RESIDENT))) {
    if (resident > MAX_RESIDENT) faults.push(`${name} takes ${resident} bytes`);
  }
  const files = await settledFiles(deployment, before);
  if (files !== undefined) expect('open files and sockets', files, before.files);
  expect('the canary counts', await countCanary(services), before.canary);
  for (const { name, base } of services) {
    const segment = `fresh of ${name}`;
    await storeUsers(base, segment, FRESH_USERS);
    expect(`new users through ${name}`, await countOf(base, segment), FRESH_USERS);
  }
  const lost = await countLost(deployment.redis, acknowledged);
  expect('acknowledged and lost', lost, NOTHING_LOST);
  return faults;
}

/** The open files of the services if they do not come down to about what they were. */
async function settledFiles(
  deployment: Deployment,
  { files }: Before,
): Promise<Record<string, number> | undefined> {
  for (const deadline = Date.now() + timeLimit(SETTLE_MS); ; await delay(100)) {
    const now = await deployment.measure(OPEN_FILES);
    const isMore = Object.entries(now).some(
      ([name, count]) => count > (files[name] ?? 0) + SPARE_FILES,
    );
    if (!isMore) return undefined;
    if (Date.now() > deadline) return now;
  }
}

function countCanary(services: Deployment['services']): Promise<number[]> {
  return Promise.all(services.map(({ base }) => countOf(base, CANARY)));
}

async function storeUsers(base: string, segment: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({ segment, user_id: `user ${index}` }),
  );
  const body = lines.join('\n');
  const { text } = await send(base, '/segments', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  });
  const { accepted } = JSON.parse(text);
  if (accepted !== count) throw new Error(`${count} users were answered ${text}`);
}

/** Lines of a log that tell of an error, or are none of the logger's. */
function logFaults(output: string): string[] {
  return output.split('\n').filter((line) => {
    if (!line.startsWith('{')) return line !== '';
    return JSON.parse(line).level >= LOG_LEVEL_ERROR;
  });
}
