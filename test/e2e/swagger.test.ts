import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { countOf } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';
import { timeLimit } from '../support/time-limit.js';

const OF_ES = [
  '/segment/{segment}/estimate',
  '/segment/{segment}/history',
  '/segment/{segment}/similar',
  '/overlap',
  '/estimate',
];

describe('Swagger UI', () => {
  let system: System;
  let browser: Browser;
  before(async () => {
    system = await startSystem();
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await system.close();
  });

  for (const [name, title] of [
    ['uss', 'USS: User Segmentation Service'],
    ['es', 'ES: Estimation Service'],
  ] as const) {
    describe(`of ${name.toUpperCase()}`, () => {
      let page: Page;
      const failed: string[] = [];
      before(async () => {
        page = await browser.newPage();
        page.setDefaultTimeout(timeLimit(30_000));
        page.on('pageerror', (error) => failed.push(String(error)));
        page.on('response', (response) => {
          if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
        });
        await page.goto(`${system.urls[name]}/swagger/index.html`);
        await page.locator('.opblock').first().waitFor();
      });
      after(() => page.close());

      it('shows the title and routes of its own service', async () => {
        expect(await page.title()).to.equal(title);
        expect(await page.locator('.info .title').textContent()).to.contain(title);
        const paths = await page.locator('.opblock-summary-path').allInnerTexts();
        // Swagger UI puts a zero-width space after each slash, so that long paths can break.
        const shown = new Set(paths.map((path) => path.replaceAll('\u200b', '')));
        expect([...shown]).to.have.members([
          '/segment',
          '/segments',
          '/segment/{segment}',
          '/counts',
          '/healthz',
          '/readyz',
          '/metrics',
          '/openapi.json',
          '/swagger/index.html',
          ...(name === 'es' ? OF_ES : []),
        ]);
      });

      it('posts a membership by "Try it out"', async () => {
        const operation = page.locator('#operations-segments-storeMembership');
        await operation.locator('.opblock-summary-control').click();
        await operation.getByRole('button', { name: 'Try it out' }).click();
        const body = JSON.stringify({ segment: `swagger ${name}`, user_id: 'u1' });
        await operation.locator('textarea').fill(body);
        await operation.getByRole('button', { name: 'Execute' }).click();
        const status = operation.locator('.live-responses-table .response-col_status').last();
        expect(String(await status.textContent()).trim()).to.match(/^202/);
        expect(await countOf(system.urls[name], `swagger ${name}`)).to.equal(1);
      });

      it('loads nothing that is missing, and nothing from elsewhere', () => {
        expect(failed).to.deep.equal([]);
      });
    });
  }

  it('is found from /swagger', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(timeLimit(30_000));
    await page.goto(`${system.urls.uss}/swagger`);
    expect(page.url()).to.equal(`${system.urls.uss}/swagger/index.html`);
    await page.close();
  });
});
