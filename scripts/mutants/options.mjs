export const MUTANTS = {
  name: 'mutants',
  usage: `Usage: npm run mutants -- [options]

Puts faults into src/domain, src/es/sketch, src/auth and src/http/request, one by one, and lists those that no unit test sees.
It takes some 30 minutes on 2 cores.

  --mutate FILES   only in these files: a path or a pattern, or several with commas between
  --help           this text
  --version        the version of the project`,
  options: /** @type {const} */ ({ mutate: { type: 'string' } }),
};
