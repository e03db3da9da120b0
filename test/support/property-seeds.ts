import { createRequire } from 'node:module';
import { relative } from 'node:path';
import fc from 'fast-check';
import type { Test } from 'mocha';

/** The seeds that each property is tried with: whole numbers, with commas between; one at random unless given. */
const seeds = (process.env.PROPERTY_SEEDS ?? '').split(',').filter(Boolean).map(Number);
if (!seeds.every(Number.isSafeInteger)) {
  throw new Error(`PROPERTY_SEEDS must be whole numbers, not ${process.env.PROPERTY_SEEDS}`);
}

/** Whether the test that runs has a property, and whether any has had one. */
let [hasProperty, hadProperty] = [false, false];

/** fast-check as tests have loaded it: by `import`, by `require` where tsx makes that of it, each with settings of its own. */
let instances: Pick<typeof fc, 'configureGlobal'>[] = [];

/** Tries every property with each seed. What falls is told by file, test and seed. */
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
    const fallen = new Map<number, unknown>();
    hasProperty = false;
    for (const [index, seed] of seeds.entries()) {
      if (index > 0 && !hasProperty) break;
      configure({ seed, reporter });
      try {
        await (fn as Mocha.AsyncFunc).call(this);
      } catch (error) {
        fallen.set(seed, error);
      }
    }
    if (fallen.size > 0) throw describeFallen(test, fallen);
  };
}

/** What fast-check does by itself, and notes that there is a property. */
function reporter<Values>(details: fc.RunDetails<Values>): void {
  hasProperty = true;
  hadProperty = true;
  if (!details.failed) return;
  throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
}

function describeFallen({ file = '', title }: Test, fallen: ReadonlyMap<number, unknown>): Error {
  const where = `${relative(process.cwd(), file)}: ${title}`;
  const lines = Array.from(fallen.keys(), (seed) => `${where}: seed ${seed}`);
  const [cause] = fallen.values();
  return new Error(`${lines.join('\n')}\n${(cause as Error).message}`, { cause });
}
