import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { drawChart } from './chart.js';
import { type Section, toMarkdown } from './table.js';

/** Writes all that a whole run has measured: the figures, the document and the chart. */
export function writeResults(
  sections: readonly Section[],
  times: { rounds: number; seconds: number },
): void {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.versions.node };
  writeFileSync('bench/results.json', `${JSON.stringify({ machine, times, sections }, null, 2)}\n`);
  writeFileSync('docs/benchmark.svg', drawChart(sections));
  const text = [
    '# Benchmark',
    '',
    'Written by `npm run bench`, which measures everything in interleaved rounds in one run: load generator',
    `and all services share ${machine.cores} cores (${machine.cpu}), Node.js ${machine.node}. The median of`,
    `up to ${times.rounds} rounds of ${times.seconds} s; machines differ, so it is the ratios that count. CPU is that of a`,
    'whole system with its Redis. Cores are those that each process, the load and nobody had meanwhile; what bounds a table',
    'is read from `npm run bench -- --profile`, and not said of those that were not profiled.',
    '',
    ...sections.map(toMarkdown),
  ].join('\n');
  writeFileSync('docs/benchmark.md', `${text.trimEnd()}\n`);
}
