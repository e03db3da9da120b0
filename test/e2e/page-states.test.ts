import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type EsSystem, startEsOn, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { expectAccessible, startVisitor, type Visitor } from '../support/page.js';
import { startRedisServer } from '../support/redis-server.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';
import { until } from '../support/until.js';

describe('The page, where there is nothing to show', () => {
  describe('yet', () => {
    let es: EsSystem;
    let visitor: Visitor;
    before(async () => {
      es = await startEsWithRedis();
      visitor = await startVisitor(es.urls[0]);
    });
    after(async () => {
      await visitor.close();
      await es.close();
    });

    it('says how a first segment comes to be, and shows it', async () => {
      const page = await visitor.open('', {}, (tab) => tab.clock.install());
      await page.getByRole('heading', { name: 'No segments yet' }).waitFor();
      await expectAccessible(page, 'no segments');
      await storeUsers(es.urls[0], 'first', [0, 1]);
      await until(async () => (await send(es.urls[0], '/segments')).json.total === 1);
      await page.clock.fastForward(5_000);
      await page.getByRole('link', { name: 'first' }).waitFor();
      expect(visitor.complaints).to.deep.equal([]);
    });
  });

  describe('because it is hidden', () => {
    it('says so of what two segments share, and of a segment with few users', async () => {
      const es = await startEsWithRedis([{ minReportedCount: 50 }]);
      await storeUsers(es.urls[0], 'large', [0, 500]);
      await storeUsers(es.urls[0], 'small', [490, 530]);
      const visitor = await startVisitor(es.urls[0]);
      const page = await visitor.open('#/overlap?segment=large&segment=small');
      await page.getByText(/What two of these segments share is hidden/).waitFor();
      const both = page.getByRole('row', { name: /In both/ }).getByRole('cell');
      expect(await both.allInnerTexts()).to.deep.equal(['hidden', '0 to 49']);
      await expectAccessible(page, 'hidden');
      await page.getByRole('link', { name: 'small' }).click();
      await page.getByText('below 50').waitFor();
      expect(visitor.complaints).to.deep.equal([]);
      await visitor.close();
      await es.close();
    });
  });

  describe('while Redis is away', () => {
    it('says so beside what it last knew, and goes on by itself', async () => {
      const redis = await startRedisServer();
      const es = await startEsOn(`redis://127.0.0.1:${redis.port}`, [
        { redis: { url: `redis://127.0.0.1:${redis.port}`, timeoutMs: 500, waitTimeoutMs: 400 } },
      ]);
      const [base] = es.urls;
      await storeUsers(base, 'sport', [0, 10]);
      const visitor = await startVisitor(base);
      const page = await visitor.open('', {}, (tab) => tab.clock.install());
      await page.getByRole('link', { name: 'sport' }).waitFor();

      await redis.kill();
      await page.clock.fastForward(5_000);
      const notice = page.getByRole('alert');
      await notice.getByRole('heading', { name: 'Counts are not available now' }).waitFor();
      await expectAccessible(page, 'without Redis');
      expect(await page.getByRole('link', { name: 'sport' }).isVisible()).to.equal(true);
      expect(await notice.innerText()).to.contain('What is shown is from');

      await redis.start();
      await until(async () => (await send(base, '/segments')).status === 200);
      await page.clock.fastForward(5_000);
      await notice.waitFor({ state: 'detached' });
      expect(visitor.complaints).to.deep.equal([]);
      await visitor.close();
      await es.close();
      await redis.close();
    });
  });

  describe('to who has not signed in', () => {
    let system: SecuredSystem;
    let visitor: Visitor;
    let page: Page;
    before(async () => {
      system = await startSecuredSystem({ docs: 'open' });
      const headers = { authorization: `Bearer ${system.apiKeys['segments:write']}` };
      const body = { segment: 'sport', user_id: 'u1' };
      await send(system.urls.es, '/segment', { headers, body });
      visitor = await startVisitor(system.urls.es);
      page = await visitor.open('');
    });
    after(async () => {
      await visitor.close();
      await system.close();
    });

    const signIn = async (key: string) => {
      await page.getByLabel('API key or token').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };

    it('asks for a key, and for another one where it is refused', async () => {
      await page.getByLabel('API key or token').waitFor();
      await expectAccessible(page, 'sign in');
      await signIn('wrong');
      await page
        .getByRole('alert')
        .getByText(/refused/)
        .waitFor();
      await signIn(system.apiKeys['segments:write']);
      await page
        .getByRole('alert')
        .getByText(/segments:read/)
        .waitFor();
      await signIn(system.apiKeys['segments:read']);
      await page.getByRole('link', { name: 'sport' }).waitFor();
    });

    it('keeps the key over a reload, and shows why it does not delete', async () => {
      await page.reload();
      await page.getByRole('link', { name: 'sport' }).click();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page
        .getByRole('alert')
        .getByText(/segments:admin/)
        .waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      const headers = { authorization: `Bearer ${system.apiKeys['segments:read']}` };
      const { json } = await send(system.urls.es, '/segment/sport', { headers });
      expect(json.user_count).to.equal(1);
    });

    it('forgets the key, and what it may see, on signing out', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key or token').waitFor();
      expect(await page.locator('.figure').count()).to.equal(0);
      expect(await page.evaluate('sessionStorage.length')).to.equal(0);
      expect(visitor.complaints).to.deep.equal([]);
    });
  });
});
