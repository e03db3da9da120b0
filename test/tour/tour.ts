import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import {
  ask,
  expectAccessible,
  expectNoOverflow,
  shownNames,
  tabTo,
  type Visitor,
} from '../support/page.js';

export interface TourOptions {
  /** Told of each stop once all was right there. */
  say?: (line: string) => void;
  /** Takes a picture. */
  picture?: (page: Page, name: string) => Promise<void>;
}

const DESKTOP = { width: 1120, height: 760 };
const TALL = { width: 1120, height: 900 };
const PHONE = { width: 360, height: 720 };

/**
 * Walks through the page as somebody would who looks at the three largest segments, and fails where it shows anything
 * else than ES answers, or is not for everybody. Deletes the smallest segment in the end.
 *
 * @param base the URL of an ES with at least five segments
 */
export async function tour(
  base: string,
  visitor: Visitor,
  { say = () => {}, picture = async () => {} }: TourOptions = {},
): Promise<void> {
  const listed = async (query: string): Promise<Listed[]> =>
    (await ask(base, `/segments?limit=50&${query}`)).segments;
  const largest = (await listed('')).slice(0, 3).map(({ segment }) => segment);
  const [first, second, third] = largest as [string, string, string];

  const stop = async (
    what: string,
    hash: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<string>,
  ) => {
    const page = await visitor.open(hash, { viewport: DESKTOP, ...options });
    try {
      const seen = await look(page);
      await expectAccessible(page, what);
      say(`${what.padEnd(10)} ${seen}`);
    } finally {
      await page.context().close();
    }
  };

  await stop('list', '', {}, async (page) => {
    await listLoaded(page);
    expect(await shownNames(page)).to.deep.equal((await listed('')).map(nameOf));
    await picture(page, 'segments');
    return (await page.locator('.view-head').innerText()).replace(/\s+/g, ' ');
  });

  await stop('search', '', {}, async (page) => {
    const { segments, total } = await ask(
      base,
      `/segments?limit=50&search=${encodeURIComponent(second)}`,
    );
    await page.getByRole('searchbox').fill(second);
    const told = `${number(total)} segment${total === 1 ? '' : 's'} found`;
    await page.getByText(told).first().waitFor();
    expect(await shownNames(page)).to.deep.equal(segments.map(nameOf));
    return `${second}: ${told}`;
  });

  await stop('sort', '', {}, async (page) => {
    await listLoaded(page);
    for (const [title, query] of [
      ['Segment', 'sort=name&order=asc'],
      ['Last active', 'sort=last_active&order=desc'],
      ['Users', 'sort=count&order=desc'],
      ['Users', 'sort=count&order=asc'],
    ] as const) {
      const answered = page.waitForResponse((answer) => answer.url().includes('/segments?'));
      await page.getByRole('columnheader', { name: title }).getByRole('button').click();
      await answered;
      await listLoaded(page);
      expect(await shownNames(page), query).to.deep.equal((await listed(query)).map(nameOf));
    }
    return 'by name, by last day, by users both ways';
  });

  await stop('segment', '', { colorScheme: 'dark' }, async (page) => {
    await page.getByRole('link', { name: first, exact: true }).click();
    await page.locator('.uplot canvas').waitFor();
    const seen: string[] = [];
    for (const days of [14, 1, 7]) {
      await page.getByLabel('Window').selectOption(String(days));
      const { user_count, interval } = await ask(
        base,
        `/segment/${encodeURIComponent(first)}/estimate?days=${days}`,
      );
      const range = `${number(interval.low)} to ${number(interval.high)}`;
      await page.locator('.figure dd').getByText(range, { exact: true }).waitFor();
      expect(await page.locator('.figure dd').first().innerText()).to.equal(number(user_count));
      seen.push(`${number(user_count)} (${range}) in ${days}`);
    }
    await picture(page, 'segment');
    return `${first}: ${seen.join(', ')} days`;
  });

  await stop('overlap', '#/overlap', { viewport: TALL }, async (page) => {
    for (const [label, name] of [
      ['Segment A', first],
      ['Segment B', second],
      ['Segment C (optional)', third],
    ] as const) {
      const field = page.getByRole('combobox', { name: label });
      await field.fill(name);
      await page.getByRole('option').getByText(name, { exact: true }).first().waitFor();
      await page.getByRole('option').getByText(name, { exact: true }).first().click();
      await page.waitForURL((url) => url.hash.includes(`segment=${encodeURIComponent(name)}`));
    }
    const { pairs } = await ask(base, '/overlap', { segments: largest, days: 14 });
    const { user_count, interval } = pairs[0].intersection;
    await page.locator('circle').nth(2).waitFor();
    const both = page.locator('table', { hasText: 'A and B' }).locator('tbody tr').first();
    const seen = await both.innerText();
    expect(seen).to.contain(number(user_count));
    expect(seen).to.contain(`${number(interval.low)} to ${number(interval.high)}`);
    await picture(page, 'overlap');
    return seen.replace(/\s+/g, ' ');
  });

  await stop('dark', '', { colorScheme: 'light' }, async (page) => {
    await listLoaded(page);
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await background();
    expect(dark).not.to.equal(light);
    return `${light} becomes ${dark}`;
  });

  await stop('phone', '', { viewport: PHONE, colorScheme: 'dark' }, async (page) => {
    const widths: string[] = [];
    for (const [hash, loaded] of [
      [`#/segment/${encodeURIComponent(first)}`, '.uplot canvas'],
      [
        `#/overlap?${largest.map((name) => `segment=${encodeURIComponent(name)}`).join('&')}`,
        '.euler svg',
      ],
      ['#/', 'table.segments[aria-busy=false]'],
    ] as const) {
      await page.goto(`${base}/${hash}`);
      await page.locator(loaded).waitFor();
      await expectNoOverflow(page, hash);
      await expectAccessible(page, hash);
      widths.push(hash.split(/[?/]/)[1] || 'list');
    }
    await picture(page, 'phone');
    return `nothing wider than ${PHONE.width} px: ${widths.join(', ')}`;
  });

  await stop('keyboard', '', {}, async (page) => {
    await listLoaded(page);
    await tabTo(page, first);
    await page.keyboard.press('Enter');
    await page.locator('.uplot canvas').waitFor();
    await tabTo(page, 'Compare with others');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Segment B' }).waitFor();
    await page.getByRole('combobox', { name: 'Segment B' }).focus();
    await page.keyboard.type(second);
    await page.locator('[role=option]').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.euler svg').waitFor();
    return 'from the list to a segment to an overlap';
  });

  const [smallest] = (await listed('sort=count&order=asc')) as [Listed];
  await stop('delete', `#/segment/${encodeURIComponent(smallest.segment)}`, {}, async (page) => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`${smallest.segment} is deleted`).waitFor({ state: 'attached' });
    await listLoaded(page);
    const left = await ask(base, `/segment/${encodeURIComponent(smallest.segment)}`);
    expect(left.user_count).to.equal(0);
    const names = (await listed('sort=count&order=asc')).map(nameOf);
    expect(names).not.to.include(smallest.segment);
    return `${smallest.segment}, of ${smallest.user_count} users`;
  });

  expect(visitor.complaints).to.deep.equal([]);
  say('The browser complained of nothing, and asked nobody else for anything.');
}

interface Listed {
  segment: string;
  user_count: number;
}

const nameOf = ({ segment }: Listed) => segment;

const number = (value: number) => value.toLocaleString('en');

const listLoaded = (page: Page) =>
  page.locator('table.segments[aria-busy=false] tbody tr').first().waitFor();
