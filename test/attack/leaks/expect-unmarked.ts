import { expect } from 'chai';
import { marked } from './marks.js';
import type { Outcome } from './requests.js';
import type { MarkedSystem } from './system.js';

/** Gives what both services log from now on. */
export function logFromNow({ es, uss }: MarkedSystem): () => string {
  const before = [es, uss].map(({ output }) => output().length);
  return () => [es, uss].map(({ output }, index) => output().slice(before[index])).join('\n');
}

/** Expects no mark in a log, nor in the answers to requests some of which failed. */
export function expectUnmarked(log: string, outcomes: readonly Outcome[]): void {
  expect(marked(log)).to.deep.equal([]);
  const failed = outcomes.filter(({ isFailure }) => isFailure);
  expect(failed).not.to.have.length(0);
  expect(failed.filter(({ text }) => marked(withoutRefusedName(text)).length > 0)).to.deep.equal(
    [],
  );
}

const REFUSED_NAME = /"code":"unknown_(?:parameter|field)","field":"([^"]+)"/;

/** An answer without the name of a parameter or member that it refuses: whoever gave it is told which. */
function withoutRefusedName(text: string): string {
  const name = REFUSED_NAME.exec(text)?.[1];
  return name === undefined ? text : text.replaceAll(name, '');
}
