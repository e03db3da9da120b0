export const MUTANTS = {
  name: 'mutants',
  usage: `Usage: npm run mutants -- [options]

Puts faults into src/domain, src/es/sketch, src/auth and src/http/request, one by one, and lists those that no unit test sees.
A file is given to the unit test that is named for it (src/domain/window.ts to window.test.ts, src/es/sketch/fit.ts to
sketch-fit.test.ts), or else to those that import it or are named for its folder. All of it takes some 45 minutes on 2 busy cores:
src/domain one, src/auth and src/http/request ten, src/es/sketch the rest, mostly for faults that end in endless loops. Most files
alone take less than a minute.

  --mutate FILES   only in these files: a path or a pattern, or several with commas between
  --help           this text
  --version        the version of the project`,
  options: /** @type {const} */ ({ mutate: { type: 'string' } }),
};
