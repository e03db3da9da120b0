import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import type { Browser, BrowserContextOptions, Download, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { send } from './http.js';
import { timeLimit } from './time-limit.js';

/** A browser that looks at the page of an ES. */
export interface Visitor {
  /**
   * Opens a view in a tab of its own, with nothing remembered.
   *
   * @param prepare is done with the tab while it is empty
   */
  open(
    hash: string,
    options?: BrowserContextOptions,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<Page>;
  /** What any of its tabs complained of, or asked of anybody else. */
  complaints: string[];
  close(): Promise<void>;
}

export async function startVisitor(base: string): Promise<Visitor> {
  const browser: Browser = await openBrowser();
  const complaints: string[] = [];
  return {
    complaints,
    async open(hash, options = {}, prepare = async () => {}) {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
      context.setDefaultTimeout(timeLimit(30_000));
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        const text = message.text();
        // The answers that a test asks for by being refused are no complaint.
        if (!/Failed to load resource/.test(text)) complaints.push(text);
      });
      page.on('request', (request) => {
        if (!/^blob:/.test(request.url()) && !request.url().startsWith(`${base}/`)) {
          complaints.push(request.url());
        }
      });
      await prepare(page);
      await page.goto(`${base}/${hash}`);
      return page;
    },
    close: () => browser.close(),
  };
}

/** The names in the list, as they are shown. */
export function shownNames(page: Page): Promise<string[]> {
  return page.locator('table.segments tbody .cell-name').allInnerTexts();
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was answered
export async function ask(base: string, path: string, body?: unknown): Promise<any> {
  return (await send(base, path, body === undefined ? {} : { body })).json;
}

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

/** Fails where axe-core finds anything on a page, best practices too. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(AXE);
  const violations = (await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`)) as string[];
  expect(violations, what).to.deep.equal([]);
}

/** Fails where a page is wider than its window. */
export async function expectNoOverflow(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(wider, what).to.equal(0);
}

/** What a downloaded CSV has in it, by its columns. */
export async function rowsOf(download: Download): Promise<Record<string, string>[]> {
  const text = readFileSync(await download.path(), 'utf8');
  return parse(text, { bom: true, columns: true });
}

/** The text of what has the focus. */
export async function focused(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement.innerText');
}

/** Presses Tab until something with this text has the focus. */
export async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab');
    if (String(await focused(page)).trim() === text) return;
  }
  throw new Error(`Tab does not come to ${text}`);
}
