export const JOURNEY = {
  name: 'journey',
  usage: `Usage: npm run journey -- [options]

Prints the modules that one POST /segment enters, from the socket of USS to Redis, in the order in which it enters them first,
and the functions that it calls there. Starts a USS, an ES and a Redis of its own.

  --rounds N          requests that are looked at; what not all of them enter is left out; 5 unless given
  --help              this text
  --version           the version of the project`,
  numbers: ['rounds'],
  options: /** @type {const} */ ({ rounds: { type: 'string', default: '5' } }),
};
