import { statSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';
import { utcDay } from '../../src/shared/utc-day.js';
import { terminalMessage, terminalText } from '../terminal-text.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { openSource } from './source.js';
import { type PostedMembership, requireService, type Uploaded, upload } from './upload.js';
import { countExactly, type ExactCounts, verificationTable, verify } from './verify.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`import: ${terminalMessage(error)}`);
  process.exitCode = 1;
}

async function main(options: Options): Promise<number> {
  const started = Date.now();
  const source = await openSource(options, started);
  await requireService(options.url);
  const firstDay = () => utcDay(Date.now()) - options.windowDays + 1;
  const exact: ExactCounts = new Map();
  let outOfWindow = 0;

  const bar = createBar(options.file);
  async function* posted(): AsyncGenerator<PostedMembership> {
    const memberships = source((bytes) => bar.increment(bytes));
    for await (const { segment, userId, time } of memberships) {
      if (utcDay(time) < firstDay()) outOfWindow += 1;
      if (options.verify) countExactly(exact, String(segment), String(userId), time);
      yield { segment, user_id: userId, occurred_at: new Date(time).toISOString() };
    }
  }
  let uploaded: Uploaded;
  try {
    uploaded = await upload(posted(), options, ({ accepted, rejected }) => {
      const seconds = (Date.now() - started) / 1_000;
      const rows = accepted + rejected;
      bar.update({ rows, rejected, rate: Math.round(rows / seconds) });
    });
  } finally {
    bar.stop();
  }
  console.log(summary(uploaded, outOfWindow, (Date.now() - started) / 1_000));
  if (uploaded.accepted === 0) {
    console.log('\nNothing was accepted. --shift-to-now moves times into the window.');
    return 1;
  }
  if (!options.verify) return 0;

  const verified = await verify(exact, options, firstDay());
  console.log(`\n${verificationTable(verified)}`);
  const far = verified.filter(({ ok }) => !ok).length;
  console.log(
    `\n${verified.length} segments, ${far === 0 ? 'all' : verified.length - far} within 4 standard errors or 3 users`,
  );
  return far === 0 ? 0 : 1;
}

/** A progress bar over the bytes of the file, on stderr and only in a terminal. */
function createBar(file: string): SingleBar {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} % | {rows} rows | {rate}/s | {rejected} rejected',
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(statSync(file).size, 0, { rows: 0, rate: 0, rejected: 0 });
  return bar;
}

function summary(
  { accepted, rejected, errors }: Uploaded,
  outOfWindow: number,
  seconds: number,
): string {
  const rows = accepted + rejected;
  const lines = [
    `${rows} rows in ${seconds.toFixed(1)} s: ${accepted} accepted, ${rejected} rejected, of which ${outOfWindow} out of window`,
  ];
  for (const { row, detail } of errors) lines.push(`  row ${row}: ${terminalText(detail)}`);
  if (rejected > errors.length) lines.push(`  … and ${rejected - errors.length} more`);
  return lines.join('\n');
}
