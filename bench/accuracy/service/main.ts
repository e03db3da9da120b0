// Measures through the real services how far estimates are off, and how often their intervals hold the truth, with samples and
// without; writes its part of docs/accuracy.md. Ends with 1 if exact counts are not, or intervals hold the truth too rarely.
import { readFileSync, writeFileSync } from 'node:fs';
import { readCommandLine } from '../../../scripts/command-line.mjs';
import { boundsOf } from '../../../scripts/testbed/families/bound.js';
import { questionsOf } from '../../../scripts/testbed/families/questions.js';
import { startOwn } from '../../systems/own.js';
import { createProcesses } from '../../systems/processes.js';
import { withPart } from '../document.js';
import { measureExactness } from './exact.js';
import { FAMILIES } from './families.js';
import { type FamilyAccuracy, measureFamily } from './measure.js';
import { SERVICE_ACCURACY } from './options.mjs';
import {
  type Asked,
  failuresOf,
  type Measured,
  sharesOf,
  toExactTable,
  toFamilyRows,
  toPart,
  toTable,
} from './report.js';

const DOCUMENT = 'docs/accuracy.md';

const { values: options } = readCommandLine(SERVICE_ACCURACY);
const words = options.only.split(',').filter(Boolean);
const seed = Number(options.seed);

const isWanted = (title: string) =>
  words.length === 0 || words.some((word) => title.includes(word));
const families = [...FAMILIES.entries()].filter(([, { title }]) => isWanted(title));
const asked: Asked[] = families.map(([, family]) => {
  const questions = questionsOf(family);
  const shares = sharesOf(family);
  return {
    family,
    questions,
    bounds: boundsOf(family, questions, shares),
    withoutSamples: boundsOf(
      family,
      questions,
      shares.map(() => 0),
    ),
  };
});
const measured: Record<string, Measured> = {};
if (options.beside !== undefined) await measure('before', { directory: options.beside });
await measure('without samples', { env: { ES_SAMPLE_SIZE: '0' } });
await measure('with samples', {});

console.log(toExactTable(measured));
if (words.length === 0) {
  const document = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(DOCUMENT, withPart(document, toPart(asked, measured, seed)));
}
const failures = failuresOf(asked, measured);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);

/** Starts the services, one after the other, as each has the whole machine then. */
async function measure(
  name: string,
  how: { directory?: string; env?: Record<string, string> },
): Promise<void> {
  const processes = createProcesses();
  const service = await startOwn(processes, how);
  const exactness = isWanted('small segments')
    ? await measureExactness(service, `${seed}-small`)
    : {};
  const accuracies: FamilyAccuracy[] = [];
  for (const [at, [index, family]] of families.entries()) {
    const accuracy = await measureFamily(service, family, `${seed}-${index}`);
    accuracies.push(accuracy);
    console.log(toTable([name], toFamilyRows(asked[at] as Asked, [accuracy])));
  }
  measured[name] = { exactness, accuracies };
  await processes.stop();
}
