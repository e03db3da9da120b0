// Measures how far estimates are off and how often their intervals hold the truth, and writes
// docs/accuracy.md and docs/accuracy.svg.
import { readFileSync, writeFileSync } from 'node:fs';
import { readCommandLine } from '../../scripts/command-line.mjs';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { measureCount } from './counts.js';
import { partOf, withPart } from './document.js';
import { FAMILIES } from './families.js';
import { ACCURACY } from './options.mjs';
import { measureOverlap } from './overlaps.js';
import { drawPlots } from './plot.js';
import { toCountRow, toDocument, toOverlapRow } from './report.js';
import { measureSeveral } from './several.js';
import { SAMPLE_SIZES, toSeveralRows } from './several-report.js';

const { values: options } = readCommandLine(ACCURACY);

const SMALLER = 10_000;
const OVERLAPS = [0, 0.001, 0.01, 0.1, 0.5, 1];
const RATIOS = [1, 10, 100];

const trials = Number(options.trials);
const seed = Number(options.seed);
if (!(Number.isSafeInteger(trials) && trials > 0 && Number.isSafeInteger(seed))) {
  console.error('--trials must be a whole number above 0, and --seed a whole number');
  process.exit(1);
}
console.log(`seed ${seed}, ${trials} trials a row`);
// Each row has a source of its own, so that none changes with the others.
let row = 0;
const nextRandom = () => createRandomBits(seed * 1_000 + row++);

const counts = [10, 50, 100, 150, 200, 1_000, 10_000, 100_000, 1_000_000, 10_000_000].map(
  (users) => {
    const accuracy = measureCount(nextRandom(), users, trials);
    console.log(toCountRow(accuracy));
    return accuracy;
  },
);
const overlaps = RATIOS.flatMap((ratio) =>
  OVERLAPS.map((share) => {
    const pair = { smaller: SMALLER, larger: SMALLER * ratio, both: SMALLER * share };
    const accuracy = measureOverlap(nextRandom(), pair, trials);
    console.log(toOverlapRow(accuracy));
    return accuracy;
  }),
);
const several = FAMILIES.map((family) => {
  // More sets take longer.
  const some = Math.ceil(trials / Math.max(2, family.users.length / 8));
  const accuracies = SAMPLE_SIZES.map((size) => measureSeveral(nextRandom(), family, size, some));
  const measured = { family, trials: some, accuracies };
  console.log(toSeveralRows(measured).join('\n'));
  return measured;
});
const written = readFileSync('docs/accuracy.md', 'utf8');
const document = toDocument({ counts, overlaps, several, seed });
writeFileSync('docs/accuracy.md', withPart(document, partOf(written)));
writeFileSync('docs/accuracy.svg', drawPlots(counts, overlaps));
