import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { send } from '../support/http.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';
import { timeLimit } from '../support/time-limit.js';
import { sign } from '../support/tokens.js';

describe('Swagger UI with authentication', () => {
  let system: SecuredSystem;
  let browser: Browser;
  before(async () => {
    system = await startSecuredSystem({ docs: 'open' });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await system.close();
  });

  for (const name of ['uss', 'es'] as const) {
    describe(`of ${name.toUpperCase()}`, () => {
      let page: Page;
      const errors: string[] = [];
      before(async () => {
        page = await browser.newPage();
        page.setDefaultTimeout(timeLimit(30_000));
        page.on('pageerror', (error) => errors.push(String(error)));
        page.on('console', (message) => {
          if (/Content Security Policy/.test(message.text())) errors.push(message.text());
        });
        await page.goto(`${system.urls[name]}/swagger/index.html`);
        await page.locator('.opblock').first().waitFor();
      });
      after(() => page.close());

      /** Executes `POST /segment`, and resolves to the status it shows. */
      async function post(user: string): Promise<string> {
        const operation = page.locator('#operations-segments-storeMembership');
        const body = JSON.stringify({ segment: `authorized ${name}`, user_id: user });
        await operation.locator('textarea').fill(body);
        const answered = page.waitForResponse(`${system.urls[name]}/segment`);
        await operation.getByRole('button', { name: 'Execute' }).click();
        await answered;
        return String((await answered).status());
      }

      async function authorize(credential: string): Promise<void> {
        await page.locator('.auth-wrapper .authorize').click();
        const dialog = page.locator('.dialog-ux');
        await dialog.locator('input').fill(credential);
        await dialog.getByRole('button', { name: 'Apply credentials' }).click();
        await dialog.locator('.btn-done').click();
      }

      async function logOut(): Promise<void> {
        await page.locator('.auth-wrapper .authorize').click();
        const dialog = page.locator('.dialog-ux');
        await dialog.getByRole('button', { name: 'Remove authorization' }).click();
        await dialog.locator('.btn-done').click();
      }

      it('shows the credential of the Authorize button with each request', async () => {
        const operation = page.locator('#operations-segments-storeMembership');
        await operation.locator('.opblock-summary-control').click();
        await operation.getByRole('button', { name: 'Try it out' }).click();
        expect(await post('u1')).to.equal('401');

        await authorize(system.apiKeys['segments:read']);
        expect(await post('u2')).to.equal('403');
        await logOut();

        await authorize(system.apiKeys['segments:write']);
        expect(await post('u3')).to.equal('202');
        await logOut();

        await authorize(await sign(system.signingKey));
        expect(await post('u4')).to.equal('202');

        const headers = { authorization: `Bearer ${system.apiKeys['segments:read']}` };
        const path = `/segment/${encodeURIComponent(`authorized ${name}`)}`;
        expect((await send(system.urls[name], path, { headers })).json.user_count).to.equal(2);
      });

      it('breaks no rule of a strict Content-Security-Policy', () => {
        expect(errors).to.deep.equal([]);
      });
    });
  }
});
