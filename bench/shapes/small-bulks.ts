import { runWrk } from '../loads/wrk.js';
import { interleaveSystems } from '../report/cores.js';
import type { Section } from '../report/table.js';
import type { OwnSystem } from '../systems/system.js';
import { SEGMENTS, type Times } from './posts.js';

const CONNECTIONS = 64;

/** `POST /segments` of a few lines through USS: what a client sends that collects a little. */
export async function measureSmallBulks(
  systems: readonly OwnSystem[],
  lines: number,
  { rounds, seconds }: Times,
): Promise<Section> {
  const post = async ({ front }: OwnSystem) => {
    const url = `${front}/segments`;
    const load = { connections: CONNECTIONS, seconds, segments: SEGMENTS, lines };
    const { perSecond, ...latency } = await runWrk({ url, what: 'lines', ...load });
    return { perSecond, 'memberships/s, of all lines': perSecond * lines, ...latency };
  };
  for (const system of systems) await post(system);
  return {
    title: `POST /segments, NDJSON of ${lines} lines, ${CONNECTIONS} connections`,
    unit: 'requests/s',
    rows: await interleaveSystems(rounds, systems, post),
  };
}
