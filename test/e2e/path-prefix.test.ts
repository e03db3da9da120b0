import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { type PrefixProxy, startPrefixProxy } from '../support/prefix-proxy.js';
import { type System, startSystem } from '../support/system.js';
import { timeLimit } from '../support/time-limit.js';

for (const [name, prefix] of [
  ['uss', ''],
  ['uss', '/uss'],
  ['es', '/a/b%20c'],
  ['es', '/es'],
] as const) {
  describe(`${name.toUpperCase()} below ${prefix || 'no path'}`, () => {
    let system: System;
    let proxy: PrefixProxy;
    let browser: Browser;
    let page: Page;
    before(async () => {
      system = await startSystem();
      proxy = await startPrefixProxy(system.urls[name], prefix);
      browser = await openBrowser();
      await storeUsers(system.urls.es, 'sport', [0, 7]);
      await storeUsers(system.urls.es, 'news', [3, 9]);
    });
    after(async () => {
      await browser.close();
      proxy.close();
      await system.close();
    });
    beforeEach(async () => {
      page = await browser.newPage();
      page.setDefaultTimeout(timeLimit(30_000));
    });
    afterEach(async () => {
      await page.close();
      // What a browser asks for by itself is no stray.
      expect(proxy.strays.filter((path) => path !== '/favicon.ico')).to.deep.equal([]);
    });

    for (const from of ['/swagger', '/swagger/', ...(name === 'uss' ? ['/'] : [])]) {
      it(`leads from ${from} to Swagger UI`, async () => {
        await page.goto(`${proxy.url}${from}`);
        expect(page.url()).to.equal(`${proxy.url}/swagger/index.html`);
        await page.locator('.opblock').first().waitFor();
      });
    }

    it('has Swagger UI try it out below it', async () => {
      await page.goto(`${proxy.url}/swagger/index.html`);
      const operation = page.locator('#operations-segments-storeMembership');
      await operation.locator('.opblock-summary-control').click();
      await operation.getByRole('button', { name: 'Try it out' }).click();
      const body = JSON.stringify({ segment: `tried${prefix}`, user_id: 'u1' });
      await operation.locator('textarea').fill(body);
      await operation.getByRole('button', { name: 'Execute' }).click();
      const status = operation.locator('.live-responses-table .response-col_status').last();
      expect(String(await status.textContent()).trim()).to.match(/^202/);
      expect(await operation.locator('.request-url').innerText()).to.contain(
        `${proxy.url}/segment`,
      );
      expect(await countOf(system.urls[name], `tried${prefix}`)).to.equal(1);
    });

    it('names in its document the place that the document is at', async () => {
      const at = `${proxy.url}/openapi.json`;
      const { json } = await send(
        proxy.url.replace(/(\/\/[^/]+).*/, '$1'),
        `${prefix}/openapi.json`,
      );
      for (const { url } of json.servers) {
        expect(new URL(url, at).href.replace(/\/$/, '')).to.equal(proxy.url);
      }
    });

    if (name === 'es') {
      it('has the page list, open and compare segments below it, back and forth', async () => {
        await page.goto(`${proxy.url}/`);
        await page.getByRole('link', { name: 'sport' }).click();
        await page.getByRole('heading', { name: 'sport' }).waitFor();
        await page.reload();
        await page.getByRole('heading', { name: 'sport' }).waitFor();
        await page.goBack();
        await page.getByRole('link', { name: 'news' }).waitFor();
        await page.goto(`${proxy.url}/#/overlap?segment=sport&segment=news`);
        await page.getByRole('link', { name: 'API' }).click();
        await page.locator('.opblock').first().waitFor();
        expect(page.url()).to.equal(`${proxy.url}/swagger/index.html`);
      });

      it('has the page show how to store below it where there is nothing', async () => {
        for (const segment of ['sport', 'news', `tried${prefix}`]) {
          const path = `/segment/${encodeURIComponent(segment)}`;
          await send(system.urls.es, path, { method: 'DELETE' });
        }
        await page.goto(`${proxy.url}/`);
        const example = await page.getByText('curl ').innerText();
        expect(example).to.contain(`curl ${proxy.url}/segment `);
      });
    }
  });
}
