// `npm run chaos`: lets everything go wrong that does in a network of machines, under load, and checks that nothing that was
// acknowledged is lost, and how long an outage is beyond its cause.
import { readCommandLine } from '../../scripts/command-line.mjs';
import type { ChaosMode } from './deployment.js';
import { CHAOS } from './options.mjs';
import { toKindTable, toModeTable } from './report.js';
import { type ChaosReport, runChaos } from './suite.js';

const { values } = readCommandLine(CHAOS);

// An exit of ours takes with it what is not of this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

console.log(`seed ${values.seed}`);
const env = Object.fromEntries((values.env ?? []).map((pair) => pair.split(/=(.*)/s, 2)));
const reports: [mode: ChaosMode, report: ChaosReport][] = [];
for (const mode of values.modes.split(',') as ChaosMode[]) {
  console.log(`\n## ${mode} ${(values.env ?? []).join(' ')}\n`);
  const report = await runChaos({
    mode,
    env,
    faults: Number(values.faults),
    seed: Number(values.seed),
    isAllAllowed: values['all-allowed'],
    onFault({ name, where, faultMs, outageMs, beyondMs, innocent }) {
      const share = innocent === undefined ? '' : `, others ${(100 * innocent).toFixed(1)} %`;
      console.log(
        `${name.padEnd(28)} ${where.padEnd(16)} ${ms(faultMs)} ms, longest outage ${ms(outageMs)} ms, beyond ${ms(beyondMs)} ms${share}`,
      );
    },
  });
  console.log(`\nrefused: ${JSON.stringify(report.refused)}`);
  reports.push([mode, report]);
}
console.log(`\n${toModeTable(reports)}\n\n${toKindTable(reports)}`);
// A bucket may well have no sample, where ES was denied a command for it.
const isLost = reports.some(([, { lost }]) => lost.bucket + lost.window + lost.sample > 0);
process.exit(isLost ? 1 : 0);

function ms(time: number): string {
  return String(Math.round(time)).padStart(6);
}
