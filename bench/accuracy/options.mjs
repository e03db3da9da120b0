export const ACCURACY = {
  name: 'accuracy',
  usage: `Usage: npm run accuracy -- [options]

  --trials N     sketches, or pairs of them, for each row; 1000 unless given
  --seed N       what all random numbers come from; 1 unless given
  --help         this text
  --version      the version of the project`,
  numbers: ['trials'],
  options: /** @type {const} */ ({
    trials: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  }),
};
