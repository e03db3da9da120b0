// `npm run fuzz`: sends ES and USS requests of all kinds that are broken in all ways, and checks that they are
// answered as documented, and that nothing that was stored is harmed.
import { parseArgs } from 'node:util';
import type { KindReport } from './runner.js';
import { type FuzzReport, runFuzz } from './suite.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    requests: { type: 'string', default: '100000' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run fuzz -- [options]
  --seed N            the requests of an earlier run again
  --requests N        requests of all kinds together; 100000 unless given
  --replay KIND:N     just one exchange of that seed again, as a failure names it`);
  process.exit();
}

console.log(`seed ${values.seed}\n`);
const report = await runFuzz({
  requests: Number(values.requests),
  seed: Number(values.seed),
  ...(values.replay !== undefined && { replay: values.replay }),
});
for (const kind of report.kinds) printKind(kind);
printEnd(report);
process.exit(report.failures.length + report.faults.length === 0 ? 0 : 1);

function printKind({ name, requests, exchanges, statuses, longestMs }: KindReport): void {
  const table = Object.entries(statuses)
    .sort(([, one], [, other]) => other - one)
    .map(([status, count]) => `  ${String(count).padStart(9)}  ${status}`);
  console.log(
    `## ${name}: ${requests} requests in ${exchanges} exchanges, at most ${longestMs} ms`,
  );
  console.log(`${table.join('\n')}\n`);
}

function printEnd({ kinds, failures, faults, acknowledged, seconds, resident }: FuzzReport) {
  const requests = kinds.reduce((sum, kind) => sum + kind.requests, 0);
  for (const { exchange, what, sent } of failures) {
    console.log(
      `FAILED ${what}\n  --seed ${values.seed} --replay ${exchange}, which sent ${sent}\n`,
    );
  }
  for (const fault of faults) console.log(`FAILED afterwards: ${fault}`);
  const toMiB = (bytes = Number.NaN) => Math.round(bytes / 2 ** 20);
  const memory = Object.entries(resident.after)
    .map(([name, after]) => `${name} ${toMiB(resident.before[name])} to ${toMiB(after)} MiB`)
    .join(', ');
  console.log(`requests      ${requests} in ${seconds.toFixed(1)} s, ${Math.round(requests / seconds)}/s
acknowledged  ${acknowledged} memberships by single posts
memory        ${memory}
failures      ${failures.length}, and ${faults.length} afterwards`);
}
