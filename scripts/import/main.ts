import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { Presets, SingleBar } from 'cli-progress';
import { terminalMessage } from '../terminal-text.js';
import { type Options, parseOptions } from './options.js';
import { openSource } from './source.js';
import { createTally, isAllIn, type Tally, tallyText } from './tally.js';
import { type PostedMembership, requireService, upload } from './upload.js';
import { countExactly, type ExactCounts, verificationTable, verify } from './verify.js';

/** Exit statuses; 0 is that all rows are in. */
const FAILED = 1;
const NOT_ALL_IN = 2;

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopped.abort(signal));
}

try {
  const options = parseOptions(process.argv.slice(2));
  process.exitCode = await main(options);
} catch (error) {
  process.exitCode = fail(error);
}

/** Says in one line why it ends. */
function fail(error: unknown): number {
  if (!stopped.signal.aborted) {
    console.error(`import: ${terminalMessage(error)}`);
    return FAILED;
  }
  const signal = stopped.signal.reason as keyof typeof constants.signals;
  console.error(`import: stopped by ${signal}; what is stored stays, and may be imported again`);
  return 128 + constants.signals[signal];
}

async function main(options: Options): Promise<number> {
  const started = Date.now();
  let broken: unknown;
  const source = await openSource(options, started, stopped.signal, (error) => {
    broken = error;
  });
  await requireService(options.url);
  const exact: ExactCounts = new Map();
  const tally = createTally();

  const bar = createBar(options.file);
  async function* posted(): AsyncGenerator<PostedMembership> {
    for await (const { line, segment, userId, time } of source(tally, (bytes) =>
      bar.increment(bytes),
    )) {
      if (options.verify) countExactly(exact, segment, userId, time);
      yield { line, segment, user_id: userId, occurred_at: new Date(time).toISOString() };
    }
  }
  try {
    await upload(posted(), options, tally, {
      signal: stopped.signal,
      onProgress: () => bar.update(progressOf(tally, started)),
      onLongWait: (line) => console.error(`import: ${line}`),
    });
  } catch (error) {
    broken = error;
  }
  bar.stop();
  console.log(tallyText(tally, secondsSince(started)));
  if (broken !== undefined) return fail(broken);
  if (tally.stored === 0) {
    const remedy = tally.outOfWindow > 0 ? ' --shift-to-now moves times into the window.' : '';
    console.log(`\nNothing was stored.${remedy}`);
    return FAILED;
  }
  if (options.verify && !(await isVerified(exact, options))) return FAILED;
  return isAllIn(tally) ? 0 : NOT_ALL_IN;
}

async function isVerified(exact: ExactCounts, options: Options): Promise<boolean> {
  const verified = await verify(exact, options, options.windowDays, stopped.signal);
  console.log(`\n${verificationTable(verified)}`);
  const far = verified.filter(({ ok }) => !ok).length;
  console.log(
    `\n${verified.length} segments, ${far === 0 ? 'all' : verified.length - far} within 4 standard errors or 3 users`,
  );
  return far === 0;
}

/** A progress bar over the bytes of the file, on stderr and only in a terminal. */
function createBar(file: string): SingleBar {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} % | {rows} rows | {rate}/s | {rejected} not stored',
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(statSync(file).size, 0, { rows: 0, rate: 0, rejected: 0 });
  return bar;
}

function progressOf({ stored, refused, skipped }: Tally, started: number) {
  const rows = stored + refused + skipped;
  const rate = Math.round(rows / secondsSince(started));
  return { rows, rejected: refused + skipped, rate };
}

function secondsSince(started: number): number {
  return (Date.now() - started) / 1_000;
}
