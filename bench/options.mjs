export const BENCH = {
  name: 'bench',
  usage: `Usage: npm run bench -- [options]

  --rounds N     most rounds of each measurement, of which the median counts; 5 unless given
  --seconds N    length of one measurement; 3 unless given
  --only WORDS   only sections whose title has one of these words, separated by commas; writes no files
  --beside DIR   measures just the shapes of traffic, of this project as it is built in DIR and here; writes no files
  --profile      tell of each table what USS, ES and Redis spend their time on; slows them down
  --help         this text
  --version      the version of the project`,
  numbers: ['rounds', 'seconds'],
  options: /** @type {const} */ ({
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    beside: { type: 'string' },
    profile: { type: 'boolean', default: false },
  }),
};
