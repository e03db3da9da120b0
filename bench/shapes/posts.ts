import { runWrk } from '../loads/wrk.js';
import { interleaveSystems } from '../report/cores.js';
import { interleave } from '../report/rounds.js';
import type { Section } from '../report/table.js';
import type { OwnSystem, System } from '../systems/system.js';

export interface Times {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
}

export const SEGMENTS = 50;

/** `POST /segment` on everything, as many requests in flight as said. */
export async function measurePosts(
  systems: readonly System[],
  connections: number,
  { rounds, seconds }: Times,
  variant = '',
): Promise<Section> {
  const post = ({ front, store }: System, duration = seconds) =>
    runWrk({
      url: store === 'post' ? `${front}/segment` : front,
      what: store,
      connections,
      seconds: duration,
      segments: SEGMENTS,
    });
  for (const system of systems) await post(system, 2 * seconds);
  return {
    title: `POST /segment${variant}, ${connections} connections`,
    unit: 'requests/s',
    rows: await interleaveSystems(rounds, systems, (system) => post(system)),
  };
}

/** One lone client, with group commit and without. */
export async function measureLone(
  own: OwnSystem,
  alone: OwnSystem,
  { rounds, seconds }: Times,
): Promise<Section> {
  const post =
    ({ front }: System) =>
    () =>
      runWrk({
        url: `${front}/segment`,
        what: 'post',
        connections: 1,
        seconds,
        segments: SEGMENTS,
      });
  const alternatives = { 'with group commit': post(own), 'without group commit': post(alone) };
  for (const measure of Object.values(alternatives)) await measure();
  return {
    title: 'A lone client: POST /segment, 1 connection',
    unit: 'requests/s',
    rows: await interleave(rounds, alternatives),
  };
}
