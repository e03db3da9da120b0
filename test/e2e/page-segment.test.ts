import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Users } from '../../src/page/api/answers.js';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { ask, rowsOf, startVisitor, type Visitor } from '../support/page.js';

/** What stands beside a number of users. */
function shownInterval({ exact, interval: { low, high } }: Users): string {
  return exact ? 'exact' : `${low} to ${high}`;
}

describe('The segments and overlaps of the page', () => {
  let es: EsSystem;
  let base: string;
  let visitor: Visitor;
  let page: Page;
  before(async () => {
    es = await startEsWithRedis();
    [base] = es.urls;
    for (const daysAgo of [0, 1, 2, 5, 13]) {
      await storeUsers(base, 'section-0', [daysAgo * 100, 900], daysAgo);
      await storeUsers(base, 'section-1', [daysAgo * 10, 300], daysAgo);
      await storeUsers(base, 'section-2', [290, 400 + daysAgo], daysAgo);
    }
    visitor = await startVisitor(base);
  });
  after(async () => {
    await visitor.close();
    await es.close();
  });
  afterEach(() => page.context().close());

  it('shows a segment with its interval, and changes its window', async () => {
    page = await visitor.open('');
    await page.getByRole('link', { name: 'section-1', exact: true }).click();
    await page.locator('.uplot canvas').waitFor();
    expect(await page.title()).to.equal('section-1 – Segments');
    for (const days of [14, 3, 1]) {
      await page.getByLabel('Window').selectOption(String(days));
      const estimate = await ask(base, `/segment/section-1/estimate?days=${days}`);
      await page.getByText(`${days} UTC day`, { exact: false }).first().waitFor();
      const figures = await page.locator('.figure dd').allInnerTexts();
      expect(figures.slice(0, 2)).to.deep.equal([
        `${estimate.user_count}`,
        shownInterval(estimate),
      ]);
    }
    expect(page.url()).to.match(/#\/segment\/section-1\?days=1$/);
    const { history } = await ask(base, '/segment/section-1/history');
    await page.getByText('Days as a table').click();
    const cells = await page.locator('.history tbody tr').first().locator('td').allInnerTexts();
    const last = history.at(-1);
    expect(cells).to.deep.equal([last.user_count, last.rolling.user_count, 14].map(String));
  });

  it('draws an overlap to scale, of segments chosen from suggestions', async () => {
    page = await visitor.open('#/overlap');
    for (const [label, text] of [
      ['Segment A', 'section-0'],
      ['Segment B', 'section-1'],
      ['Segment C (optional)', 'section-2'],
    ] as const) {
      const field = page.getByRole('combobox', { name: label });
      await field.fill(text);
      await page.getByRole('option').getByText(text, { exact: true }).waitFor();
      await field.press('ArrowDown');
      await field.press('Enter');
      await page.waitForURL((url) => url.hash.includes(`segment=${text}`));
    }
    const overlap = await ask(base, '/overlap', {
      segments: ['section-0', 'section-1', 'section-2'],
      days: 14,
    });
    await page.locator('circle').nth(2).waitFor();
    const radii = await page
      .locator('circle')
      .evaluateAll((circles) => circles.map((circle) => Number(circle.getAttribute('r'))));
    const perUser = radii.map((radius, index) => radius ** 2 / overlap.segments[index].user_count);
    for (const area of perUser) expect(area / (perUser[0] as number)).to.be.closeTo(1, 0.001);

    const [pair] = overlap.pairs;
    const table = page.locator('table', { hasText: 'A and B' });
    const both = await table.locator('tbody tr').first().innerText();
    const { user_count, exact, reliable } = pair.intersection;
    if (!exact) expect(both).to.contain(reliable ? 'reliable' : 'rough, go by the interval');
    expect(both).to.contain(String(user_count));
    expect(both).to.contain(shownInterval(pair.intersection));
    expect(await table.locator('tbody tr').last().innerText()).to.match(/Jaccard index\s+[\d.]+%/);
  });

  it('downloads the days of a segment', async () => {
    page = await visitor.open('#/segment/section-2');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download days as CSV' }).click();
    const { history } = await ask(base, '/segment/section-2/history');
    const rows = await rowsOf(await download);
    expect(rows.map(({ day, user_count }) => [day, Number(user_count)])).to.deep.equal(
      history.map((one: { day: string; user_count: number }) => [one.day, one.user_count]),
    );
  });

  it('follows what is stored while it is seen, and keeps the focus', async () => {
    page = await visitor.open('#/segment/section-2', {}, (tab) => tab.clock.install());
    const users = page.locator('.figure-main dd');
    const before = Number(await users.innerText());
    const choice = page.getByLabel('Window');
    await choice.focus();
    await storeUsers(base, 'section-2', [900_000, 900_500]);
    await page.clock.fastForward(5_000);
    await users.filter({ hasNotText: new RegExp(`^${before}$`) }).waitFor();
    expect(Number(await users.innerText())).to.be.closeTo(before + 500, 30);
    expect(
      await choice.evaluate((element) => element === element.ownerDocument.activeElement),
    ).to.equal(true);

    let requests = 0;
    page.on('request', () => {
      requests += 1;
    });
    const live = page.getByRole('switch', { name: 'Live' });
    await live.click();
    await page.locator('.live[aria-checked=false]').waitFor();
    await page.clock.fastForward(20_000);
    const answered = page.waitForResponse((answer) => answer.url().includes('/history'));
    await live.click();
    await answered;
    expect(requests).to.equal(2);
  });

  it('asks nothing while nobody sees it, and at once when somebody does', async () => {
    page = await visitor.open('#/segment/section-2', {}, (tab) => tab.clock.install());
    await page.locator('.figure-main dd').waitFor();
    const show = (visible: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${!visible} });
        document.dispatchEvent(new Event('visibilitychange'))`);
    let requests = 0;
    page.on('request', () => {
      requests += 1;
    });
    await show(false);
    await page.clock.fastForward(60_000);
    const answered = page.waitForResponse((answer) => answer.url().includes('/history'));
    await show(true);
    await answered;
    expect(requests).to.equal(2);
  });

  it('complain of nothing, and ask nobody else', () => {
    expect(visitor.complaints).to.deep.equal([]);
  });
});
