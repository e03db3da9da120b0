// Runs unit tests for Stryker by mocha, in its process: Stryker's own plugin knows no mocha from 12 on. Files are loaded once; a
// mutant is switched on by a variable that the instrumented code looks at.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import Mocha from 'mocha';

/** @typedef {import('@stryker-mutator/api/test-runner').TestResult} TestResult */

const TESTS = 'test/unit';
/** Tests that try something very often: for each mutant they would take a minute, and they see little that others do not. */
const TRIALS = '-trials.test.ts';

/** Properties are tried with the same values for each mutant, and not shrunk. */
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** @type {import('@stryker-mutator/api/core').InstrumenterContext} */
const context = {};
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: context });

class MochaRunner {
  static inject = tokens(commonTokens.options);
  mocha = new Mocha({ reporter: 'min', timeout: 0 });
  /** @type {((title: string) => void) | undefined} */
  onTest;

  /** @param {import('@stryker-mutator/api/core').StrykerOptions} options */
  constructor({ mutate }) {
    this.mutate = mutate;
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    this.mocha.cleanReferencesAfterRun(false);
    for (const file of testFiles(this.mutate)) this.mocha.addFile(file);
    const runner = this;
    this.mocha.suite.beforeEach(function noteTest() {
      runner.onTest?.(this.currentTest?.fullTitle() ?? '');
    });
    await this.mocha.loadFilesAsync();
  }

  /** @param {import('@stryker-mutator/api/test-runner').DryRunOptions} options */
  async dryRun({ disableBail }) {
    this.onTest = (title) => {
      context.currentTestId = title;
    };
    const tests = await this.runTests(!disableBail);
    this.onTest = undefined;
    const { mutantCoverage = { static: {}, perTest: {} } } = context;
    return { status: /** @type {const} */ (DryRunStatus.Complete), tests, mutantCoverage };
  }

  /** @param {import('@stryker-mutator/api/test-runner').MutantRunOptions} options */
  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit }) {
    Object.assign(context, { hitLimit, hitCount: 0, activeMutant: activeMutant.id });
    this.mocha.grep(anyOf(testFilter ?? []));
    const tests = await this.runTests(!disableBail);
    const tooOften = determineHitLimitReached(context.hitCount, context.hitLimit);
    return toMutantRunResult(tooOften ?? { status: DryRunStatus.Complete, tests });
  }

  /**
   * @param {boolean} bail whether the first that fails is the last
   * @returns {Promise<TestResult[]>}
   */
  runTests(bail) {
    setBail(this.mocha.suite, bail);
    /** @type {TestResult[]} */
    const tests = [];
    let last = performance.now();
    const timeSpentMs = () => {
      const before = last;
      last = performance.now();
      return last - before;
    };
    return new Promise((resolve) => {
      this.mocha
        .run(() => resolve(tests))
        .on('pass', (test) => {
          const id = test.fullTitle();
          tests.push({ id, name: id, status: TestStatus.Success, timeSpentMs: timeSpentMs() });
        })
        .on('fail', (test, { message }) => {
          const id = test.ctx?.currentTest?.fullTitle() ?? test.fullTitle();
          const failed = { status: TestStatus.Failed, failureMessage: message || 'failed' };
          tests.push({ id, name: id, timeSpentMs: timeSpentMs(), ...failed });
        });
    });
  }
}

/**
 * The unit test that is named for each mutated file. Where there is none, those that import the file, and those that are
 * named for its folder. All others see little of it, and late.
 *
 * @param {readonly string[]} mutate patterns of files
 */
function testFiles(mutate) {
  const tests = namesIn(TESTS)
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith(TRIALS))
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
  const wanted = mutate.flatMap(filesOf).flatMap((file) => {
    const folder = basename(dirname(file));
    const own = `${basename(file, '.ts')}.test.ts`;
    const named = tests.filter(({ name }) => [own, `${folder}-${own}`].includes(basename(name)));
    if (named.length > 0) return named;
    const path = `/${file.replace(/ts$/, 'js')}'`;
    return tests.filter(({ name, text }) => text.includes(path) || basename(name).includes(folder));
  });
  return new Set(wanted.map(({ name }) => join(process.cwd(), name)));
}

/** @param {string} pattern the path of a file, or that of a folder and what its files are named like */
function filesOf(pattern) {
  const [folder = '', ...wild] = pattern.split('*');
  return wild.length === 0 ? [pattern] : namesIn(folder).filter((name) => name.endsWith('.ts'));
}

/** @param {string} folder */
function namesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  );
}

/**
 * @param {Mocha.Suite} suite
 * @param {boolean} bail
 */
function setBail(suite, bail) {
  suite.bail(bail);
  for (const child of suite.suites) setBail(child, bail);
}

/**
 * @param {readonly string[]} titles no title is every title
 */
function anyOf(titles) {
  const escaped = titles.map((title) => `^${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  return new RegExp(escaped.join('|'));
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'unit', MochaRunner)];
