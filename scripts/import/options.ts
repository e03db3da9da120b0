import { readFileSync } from 'node:fs';
import { readCommandLine } from '../command-line.mjs';
import { refusePassword } from '../refuse-password.js';

const USAGE = `Usage: npm run import -- FILE [options]

Streams the memberships of a CSV or NDJSON file (.ndjson, .jsonl, .json), plain or gzip, in UTF-8, through POST /segments.
A row that is no membership is skipped, counted, and shown with its line. While the service takes no more for now (429, 503),
it waits as long as it is told and goes on from there. However it ends, it says what is stored; all may be imported again.

  --url URL              the service, USS or ES          (default http://127.0.0.1:8282)
  --token-file FILE      has the API key or token that the service asks for
  --segment-field NAME   the field with the segment      (default segment)
  --user-field NAME      the field with the user id      (default user_id)
  --time-field NAME      the field with the time         (default occurred_at, where there is one):
                         RFC 3339, YYYY-MM-DD[ HH:MM[:SS]] in UTC, seconds or milliseconds since 1970
  --seen-now             count all rows as seen now, as in a file that has no times
  --shift-to-now         move all times so that the newest is now
  --verify               then ask for every segment and compare with the exact count
  --window-days DAYS     the window of the service; --verify compares so many days  (default 14)
  --help                 this text
  --version              the version of the project

Exit status: 0 all rows are stored, but for those that are older than the window; 2 some were skipped or refused; 1 it could
not begin, stopped before the end, stored nothing, or --verify found a count too far off; 130 after Ctrl-C, 143 after SIGTERM,
129 after its terminal was closed (SIGHUP).
`;

export interface Options {
  file: string;
  url: string;
  /** The headers that every request has: who it comes from. */
  headers: Record<string, string>;
  segmentField: string;
  userField: string;
  timeField: string | undefined;
  /** Whether times of the file are not read. */
  seenNow: boolean;
  shiftToNow: boolean;
  verify: boolean;
  windowDays: number;
}

/**
 * Reads the command line.
 *
 * @throws Error that says what is wrong
 */
export function parseOptions(parameters: string[]): Options {
  const command = {
    name: 'import',
    usage: USAGE,
    takesWords: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8282' },
      'token-file': { type: 'string' },
      'segment-field': { type: 'string', default: 'segment' },
      'user-field': { type: 'string', default: 'user_id' },
      'time-field': { type: 'string' },
      'seen-now': { type: 'boolean', default: false },
      'shift-to-now': { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      'window-days': { type: 'string', default: '14' },
    },
  } as const;
  const { values, positionals } = readCommandLine(command, parameters);
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new Error('name one file; --help lists the options');
  }
  refusePassword('--url', values.url, '--token-file names a file that has the credential');
  if (!/^https?:\/\/[^/]+\/?$/.test(values.url) || !URL.canParse(values.url)) {
    throw new Error(`--url must be a URL such as http://127.0.0.1:8282, not ${values.url}`);
  }
  if (values['seen-now'] && (values['time-field'] !== undefined || values['shift-to-now'])) {
    throw new Error(
      '--seen-now reads no times, so that it goes without --time-field and --shift-to-now',
    );
  }
  const windowDays = Number(values['window-days']);
  if (!(Number.isInteger(windowDays) && windowDays >= 1)) {
    throw new Error('--window-days must be a whole number from 1');
  }
  return {
    file,
    url: values.url,
    headers: readHeaders(values['token-file']),
    segmentField: values['segment-field'],
    userField: values['user-field'],
    timeField: values['time-field'],
    seenNow: values['seen-now'],
    shiftToNow: values['shift-to-now'],
    verify: values.verify,
    windowDays,
  };
}

function readHeaders(tokenFile: string | undefined): Record<string, string> {
  if (tokenFile === undefined) return {};
  return { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
}
