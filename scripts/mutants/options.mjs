export const MUTANTS = {
  name: 'mutants',
  usage: `Usage: npm run mutants -- [options]

Puts faults into src/domain, src/es/sketch, src/auth and src/http/request, one by one, and lists those that no unit test sees.
A file is given to the unit test that is named for it (src/domain/window.ts to window.test.ts, src/es/sketch/fit.ts to
sketch-fit.test.ts), or else to those that import it or are named for its folder. It takes some 25 minutes on 2 busy cores, most of them for faults that end in
endless loops: src/domain alone takes one, src/es/sketch and the other two folders some 12 each.

  --mutate FILES   only in these files: a path or a pattern, or several with commas between
  --help           this text
  --version        the version of the project`,
  options: /** @type {const} */ ({ mutate: { type: 'string' } }),
};
