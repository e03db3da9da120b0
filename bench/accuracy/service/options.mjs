export const SERVICE_ACCURACY = {
  name: 'accuracy-service',
  usage: `Usage: npm run accuracy-service -- [options]

  --seed N       what all users come from; 1 unless given
  --only WORDS   only what has one of these words in its title, as "nested" or "small segments", separated by commas; writes no file
  --beside DIR   also measures this project as it is built in DIR, as what was before
  --help         this text
  --version      the version of the project`,
  numbers: ['seed'],
  options: /** @type {const} */ ({
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    beside: { type: 'string' },
  }),
};
