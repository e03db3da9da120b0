import { cpus } from 'node:os';
import { cpuSeconds, ownCpuSeconds } from '../systems/processes.js';
import type { Measurable } from '../systems/system.js';
import { interleave, type Measured } from './rounds.js';

/** Figures with this before the name of a process tell how many cores it kept busy. */
export const CORES = 'cores: ';

/** CPU time of a whole system, for each thing that `perSecond` counts. */
const COST = 'CPU, µs each';

/**
 * Measures the same of several systems in turn, with the CPU time that it takes.
 *
 * @returns as {@link interleave}
 */
export function interleaveSystems<S extends Measurable>(
  rounds: number,
  systems: readonly S[],
  measure: (system: S) => Promise<object>,
): Promise<Record<string, Measured>> {
  const alternatives = systems.map((system) => [
    system.name,
    () => withCores(system, () => measure(system)),
  ]);
  return interleave(rounds, Object.fromEntries(alternatives));
}

/**
 * Measures something, and what CPU time each process of the system, the load and nobody had meanwhile.
 *
 * @param measure returns the figures, `perSecond` among them
 */
async function withCores(
  { processes, profiles }: Measurable,
  measure: () => Promise<object>,
): Promise<Measured> {
  const times = () => ({
    ...Object.fromEntries(
      Object.entries(processes).map(([name, child]) => [name, cpuSeconds(child)]),
    ),
    load: ownCpuSeconds(),
    idle: cpus().reduce((sum, core) => sum + core.times.idle / 1_000, 0),
  });
  await profiles?.begin();
  const [before, start] = [times() as Measured, performance.now()];
  const figures = (await measure()) as Measured;
  const seconds = (performance.now() - start) / 1_000;
  const after = times() as Measured;
  await profiles?.end();
  const cores = Object.entries(after).map(([name, time]) => {
    return [name, (time - (before[name] as number)) / seconds] as const;
  });
  const busy = cores.filter(([name]) => name in processes).reduce((sum, [, used]) => sum + used, 0);
  return {
    ...figures,
    ...(figures.perSecond !== undefined && { [COST]: (busy * 1e6) / figures.perSecond }),
    ...Object.fromEntries(cores.map(([name, used]) => [CORES + name, used])),
  };
}
