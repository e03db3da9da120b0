// `npm run chaos`: kills, pauses and restarts every part under load, and checks that nothing that was
// acknowledged is lost.
import { parseArgs } from 'node:util';
import type { ChaosMode } from './deployment.js';
import { type ChaosReport, type FaultReport, runChaos } from './suite.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    faults: { type: 'string', default: '20' },
    modes: { type: 'string', default: 'single,sentinel,cluster,rabbitmq' },
    'wait-replicas': { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run chaos -- [options]
  --seed N            the faults of an earlier run again
  --faults N          faults in each mode; 20 unless given
  --modes WORDS       of single, sentinel, cluster and rabbitmq; all unless given
  --wait-replicas N   replicas to wait for with Sentinel and on a Cluster; 1 unless given`);
  process.exit();
}

console.log(`seed ${values.seed}`);
let lost = 0;
for (const mode of values.modes.split(',') as ChaosMode[]) {
  const hasReplicas = mode === 'sentinel' || mode === 'cluster';
  const waitReplicas = hasReplicas ? Number(values['wait-replicas']) : 0;
  console.log(`\n## ${mode}, ${waitReplicas} replicas waited for\n`);
  const report = await runChaos({
    mode,
    waitReplicas,
    faults: Number(values.faults),
    seed: Number(values.seed),
    onFault: printFault,
  });
  printReport(report);
  lost += report.lost.bucket + report.lost.window;
}
process.exit(lost === 0 ? 0 : 1);

function printFault({ part, fault, outageMs, recoveryMs }: FaultReport): void {
  console.log(
    `${part.padEnd(7)} ${fault.padEnd(8)} longest outage ${String(outageMs).padStart(5)} ms, recovered in ${recoveryMs} ms`,
  );
}

function printReport({ sent, acknowledged, refused, lost: missing }: ChaosReport): void {
  console.log(`
requests sent             ${sent}
memberships acknowledged  ${acknowledged}
requests refused          ${JSON.stringify(refused)}
lost                      ${missing.bucket} in buckets, ${missing.window} in windows`);
}
