export const TOUR = {
  name: 'tour',
  usage: `Usage: npm run tour -- [FILE [options]]

Imports a file into an ES and a Redis of their own, compares every count with the exact one, walks through the page in a
browser, and takes the pictures in docs/images/ on the way.

  FILE                    examples/visits.csv unless given
  --segment-field NAME, --user-field NAME, --time-field NAME, --window-days DAYS
                          as of npm run import
  --help                  this text
  --version               the version of the project`,
  takesWords: true,
  options: /** @type {const} */ ({
    'segment-field': { type: 'string' },
    'user-field': { type: 'string' },
    'time-field': { type: 'string' },
    'window-days': { type: 'string' },
  }),
};
