import { createRequire } from 'node:module';
import { relative } from 'node:path';
import fc from 'fast-check';
import type { Test } from 'mocha';
import { onFailure } from './runnables.js';

/** The seeds that each property is tried with: whole numbers, separated by commas; one at random unless given. */
const seeds = (process.env.PROPERTY_SEEDS ?? '').split(',').filter(Boolean).map(Number);
if (!seeds.every(Number.isSafeInteger)) {
  throw new Error(`PROPERTY_SEEDS must be whole numbers, not ${process.env.PROPERTY_SEEDS}`);
}

/** Whether the test that runs has a property. */
let hasProperty = false;

/** Whether any test has had one. */
let hadProperty = false;

/** fast-check as tests have loaded it: by `import`, by `require` where tsx makes that of it, each with settings of its own. */
let instances: Pick<typeof fc, 'configureGlobal'>[] = [];

onFailure((error, { file = '' }) => {
  const seed = /^\{ seed: (-?\d+), path: /m.exec(error.message)?.[1];
  if (seed === undefined) return;
  error.message += `\nagain: PROPERTY_SEEDS=${seed} npm test -- ${relative(process.cwd(), file)}`;
});

/** Tries every property with each seed. A failure says file, test and seed, and the command that repeats it. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    instances = [await import('fast-check'), createRequire(import.meta.url)('fast-check')];
    hadProperty = false;
    const [seed, ...more] = seeds;
    if (seed !== undefined) configure({ seed });
    if (more.length > 0) this.test?.parent?.eachTest(tryEachSeed);
  },
  afterAll() {
    if (seeds.length > 1 && !hadProperty) throw new Error('no property was tried here');
  },
};

function configure(parameters: fc.GlobalParameters): void {
  for (const { configureGlobal } of instances) configureGlobal(parameters);
}

/** Has a test run once for each seed, if it tries a property; once otherwise. */
function tryEachSeed(test: Test): void {
  const { fn } = test;
  if (fn === undefined) return;
  test.timeout(test.timeout() * seeds.length);
  test.fn = async function run(this: Mocha.Context): Promise<void> {
    const failures = new Map<number, unknown>();
    hasProperty = false;
    for (const [index, seed] of seeds.entries()) {
      if (index > 0 && !hasProperty) break;
      configure({ seed, reporter });
      try {
        await (fn as Mocha.AsyncFunc).call(this);
      } catch (error) {
        failures.set(seed, error);
      }
    }
    if (failures.size > 0) throw describeFailures(test, failures);
  };
}

/** What fast-check does by itself, and notes that there is a property. */
function reporter<Values>(details: fc.RunDetails<Values>): void {
  hasProperty = true;
  hadProperty = true;
  if (!details.failed) return;
  throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
}

function describeFailures(
  { file = '', title }: Test,
  failures: ReadonlyMap<number, unknown>,
): Error {
  const where = `${relative(process.cwd(), file)}: ${title}`;
  const lines = Array.from(failures.keys(), (seed) => `${where}: seed ${seed}`);
  const [cause] = failures.values();
  return new Error(`${lines.join('\n')}\n${(cause as Error).message}`, { cause });
}
