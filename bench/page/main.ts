// Measures the page and the list behind it at 100,000 segments, and prints what docs/page.md has of it.
import { readCommandLine } from '../../scripts/command-line.mjs';
import { ensureProgram } from '../../scripts/programs.mjs';
import { median } from '../report/rounds.js';
import { startOwn } from '../systems/own.js';
import { createProcesses } from '../systems/processes.js';
import { storeSegments } from './fill.js';
import { measureLists } from './lists.js';
import { BENCH_PAGE } from './options.mjs';
import { measureViews } from './views.js';

const { values: options } = readCommandLine(BENCH_PAGE);

ensureProgram('chromium');
const segments = Number(options.segments);
const rounds = Number(options.rounds);
const processes = createProcesses();
const { back } = await startOwn(processes);
await storeSegments(back, segments);

const figures = new Map<string, number[]>();
const note = (what: string, milliseconds: number) => {
  figures.set(what, [...(figures.get(what) ?? []), milliseconds]);
};
await measureLists(back, rounds, note);
await measureViews(back, rounds, note);
console.log(`${segments.toLocaleString('en')} segments, ${rounds} rounds\n`);
console.log('| | median, ms | slowest, ms |\n| --- | ---: | ---: |');
for (const [what, all] of figures) {
  console.log(`| ${what} | ${median(all).toFixed(0)} | ${Math.max(...all).toFixed(0)} |`);
}
await processes.stop();
process.exit();
