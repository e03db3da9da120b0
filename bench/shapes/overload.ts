import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenLoopResult } from '../loads/open-loop.js';
import type { Section } from '../report/table.js';
import { residentMiB } from '../systems/processes.js';
import type { OwnSystem } from '../systems/system.js';

/** So that neither takes the other's time: the services on one core, the load on the other. */
export const SERVICE_CORE = ['taskset', '-c', '0'];
const LOAD_CORE = ['taskset', '-c', '1'];

const LOAD_SECONDS = 60;

/**
 * Goodput (requests acknowledged in time) at the best rate that is sustained, and at twice that rate for a
 * minute.
 */
export async function measureOverload(own: OwnSystem): Promise<Section> {
  const resident = () => residentMiB(own.processes.USS) + residentMiB(own.processes.ES);
  const load = async (rate: number, seconds: number, connections: number) => {
    const parameters = [new URL(own.front).port, rate, seconds, connections].map(String);
    const [program = '', ...command] = [...LOAD_CORE, process.execPath, '--import', 'tsx'];
    const { stdout } = await promisify(execFile)(program, [
      ...command,
      'bench/loads/open-loop.ts',
      ...parameters,
    ]);
    const result = JSON.parse(stdout) as OpenLoopResult;
    return {
      offered: result.offered / seconds,
      perSecond: (result.answers['202'] ?? 0) / seconds,
      refused: (result.answers['503'] ?? 0) / seconds,
      timeouts: result.timeouts / seconds,
      MiB: resident(),
    };
  };
  // More than it can take, from few connections: it serves as fast as it can.
  await load(1e6, 5, 256);
  const best = await load(1e6, 10, 256);
  return {
    title: `Overload: POST /segment, services on one core, ${LOAD_SECONDS} s at twice the best rate`,
    unit: 'requests/s',
    rows: {
      best: { ...best, offered: best.perSecond },
      'twice as much': await load(2 * best.perSecond, LOAD_SECONDS, 8_000),
    },
  };
}
