// `npm run fuzz`: sends ES and USS requests of all kinds that are broken in all ways, and checks that they are
// answered as documented, and that nothing that was stored is harmed.
import { readCommandLine } from '../../scripts/command-line.mjs';
import { FUZZ } from './options.mjs';
import type { KindReport } from './runner.js';
import { type FuzzReport, runFuzz } from './suite.js';

const { values } = readCommandLine(FUZZ);

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
