import { Runnable } from 'mocha';

/** Has something done with every test and hook of mocha right before it runs; hooks of each test run many times. */
export function beforeEachRunnable(prepare: (runnable: Runnable) => void): void {
  const { run } = Runnable.prototype;
  Runnable.prototype.run = function runPrepared(this: Runnable, done) {
    prepare(this);
    return run.call(this, done);
  };
}

/** Has something done with every error that a test or hook of mocha ends with. */
export function onFailure(describe: (error: Error, runnable: Runnable) => void): void {
  const { run } = Runnable.prototype;
  Runnable.prototype.run = function runDescribed(this: Runnable, done: (error?: Error) => void) {
    return run.call(this, (error?: Error) => {
      if (error instanceof Error) describe(error, this);
      done(error);
    });
  } as typeof run;
}
