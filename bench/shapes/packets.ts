import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleaveSystems } from '../report/cores.js';
import type { Section } from '../report/table.js';
import type { System } from '../systems/system.js';
import type { Times } from './posts.js';

const CONNECTIONS = 64;

/** `POST /segment` by clients that send head and body in two packets, beside one packet; by one client, in Node.js. */
export async function measurePackets(
  systems: readonly System[],
  { rounds, seconds }: Times,
): Promise<Section> {
  const measure = async (system: System) => {
    const one = await post(system, seconds, 1);
    const two = await post(system, seconds, 2);
    return { 'one packet': one, 'two packets': two, 'two of one, %': (100 * two) / one };
  };
  for (const system of systems) await measure(system);
  return {
    title: `POST /segment, head and body in one packet or two, ${CONNECTIONS} connections`,
    unit: 'requests/s',
    rows: await interleaveSystems(rounds, systems, measure),
  };
}

async function post({ front }: System, seconds: number, packets: number): Promise<number> {
  const parameters = [new URL(front).port, CONNECTIONS, seconds, packets].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    'bench/loads/packets.ts',
    ...parameters,
  ]);
  return JSON.parse(stdout).perSecond;
}
