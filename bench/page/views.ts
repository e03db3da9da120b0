import type { Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { segmentName } from './fill.js';
import type { Note } from './lists.js';

const ROW = 'table.segments[aria-busy=false] tbody tr';

/** How long people wait for the list, and for what they search. */
export async function measureViews(base: string, rounds: number, note: Note): Promise<void> {
  const browser = await openBrowser();
  for (let round = 0; round < rounds; round += 1) {
    // With nothing in its cache.
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await page.locator(ROW).first().waitFor();
    note('first contentful paint', await paintTime(page));
    note('list shown, from opening the page', await evaluate(page, 'performance.now()'));
    const name = segmentName(round * 997);
    note('search shown, from the last letter', await searchTime(page, name));
    await context.close();
  }
  const page = await browser.newPage();
  await page.goto(`${base}/`);
  const start = performance.now();
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 300_000 }),
    page.getByRole('button', { name: /^Download all/ }).click(),
  ]);
  await download.path();
  note('all segments as CSV, once', performance.now() - start);
  await browser.close();
}

function paintTime(page: Page): Promise<number> {
  return evaluate(
    page,
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
  );
}

/** Measured in the browser, from typing to the frame that has the segment alone. */
async function searchTime(page: Page, name: string): Promise<number> {
  await evaluate(
    page,
    `{
      const input = document.querySelector('input[type=search]');
      let typed;
      input.addEventListener('input', () => { typed = performance.now(); });
      window.found = new Promise((resolve) => {
        const look = () => {
          const names = document.querySelectorAll('table.segments tbody a');
          if (names.length === 1 && names[0].textContent === ${JSON.stringify(name)}) {
            resolve(performance.now() - typed);
          } else requestAnimationFrame(look);
        };
        look();
      });
      0
    }`,
  );
  await page.getByRole('searchbox').fill(name);
  return evaluate(page, 'window.found');
}

function evaluate(page: Page, script: string): Promise<number> {
  return page.evaluate(script) as Promise<number>;
}
