// Takes the pictures of the page that are in docs/images/, of an ES and a Redis of its own.
//
//   npm run screenshots                        of examples/visits.csv
//   npm run screenshots -- FILE [options]      of another file; the options are those of npm run import
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../test/support/browser.js';
import { startEsWithRedis } from '../../test/support/es.js';
import { startCommand } from '../../test/support/process.js';

const EXAMPLE = [
  ...[fileURLToPath(new URL('../../examples/visits.csv', import.meta.url))],
  ...['--segment-field', 'section', '--user-field', 'visitor', '--time-field', 'visited_at'],
];

const IMAGES = new URL('../../docs/images/', import.meta.url);
const DESKTOP = { width: 1120, height: 760 };
const PHONE = { width: 360, height: 720 };

const es = await startEsWithRedis();
const [base] = es.urls;
const importer = fileURLToPath(new URL('../import/main.ts', import.meta.url));
const given = process.argv.slice(2);
const file = given.length === 0 ? EXAMPLE : given;
const imported = startCommand(
  [process.execPath, '--import', 'tsx', importer, ...file, '--url', base, '--shift-to-now'],
  {},
);
if ((await imported.exited).code !== 0) throw new Error(imported.output());

const answer = await fetch(`${base}/segments?limit=3`);
const { segments } = (await answer.json()) as { segments: { segment: string }[] };
const names = segments.map(({ segment }) => encodeURIComponent(segment));

const browser = await openBrowser();
for (const [name, path, loaded, options] of [
  ['segments', '', 'table.segments', { colorScheme: 'light', viewport: DESKTOP }],
  ['segment', `#/segment/${names[0]}?days=7`, '.uplot', { colorScheme: 'dark', viewport: DESKTOP }],
  [
    'overlap',
    `#/overlap?${names.map((one) => `segment=${one}`).join('&')}`,
    '.euler svg',
    { colorScheme: 'light', viewport: { ...DESKTOP, height: 900 } },
  ],
  ['phone', '', 'table.segments', { colorScheme: 'dark', viewport: PHONE }],
] as const) {
  const page = await browser.newPage(options);
  await page.goto(`${base}/${path}`);
  await page.locator(loaded).waitFor();
  await take(page, name);
  await page.close();
}
await browser.close();
await es.close();
process.exit();

async function take(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`${name}.png`, IMAGES));
  await page.screenshot({ path });
  console.log(path);
}
