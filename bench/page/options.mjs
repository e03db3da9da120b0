export const BENCH_PAGE = {
  name: 'bench-page',
  usage: `Usage: npm run bench-page -- [options]

  --segments N   segments that are known; 100000 unless given
  --rounds N     rounds of each measurement, of which the median counts; 15 unless given
  --help         this text
  --version      the version of the project`,
  numbers: ['segments', 'rounds'],
  options: /** @type {const} */ ({
    segments: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '15' },
  }),
};
