export const FUZZ = {
  name: 'fuzz',
  usage: `Usage: npm run fuzz -- [options]

  --seed N            the requests of an earlier run again
  --requests N        requests of all kinds together; 100000 unless given
  --replay KIND:N     just one exchange of that seed again, as a failure names it
  --help              this text
  --version           the version of the project`,
  numbers: ['requests'],
  options: /** @type {const} */ ({
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    requests: { type: 'string', default: '100000' },
    replay: { type: 'string' },
  }),
};
