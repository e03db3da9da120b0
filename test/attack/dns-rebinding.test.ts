import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../scripts/testbed/browser.js';
import { countOf, send } from '../support/http.js';
import { startSecuredSystem } from '../support/secured.js';
import { type System, startSystem } from '../support/system.js';
import { timeLimit } from '../support/time-limit.js';
import { until } from '../support/until.js';

/** What a page of another site tries at the name that leads to us now. */
const TRIES: [method: string, path: string, body?: string][] = [
  ['GET', '/segment/secret'],
  ['GET', '/segments'],
  ['GET', '/metrics'],
  ['GET', '/'],
  ['GET', '/swagger/index.html'],
  ['POST', '/segment', '{"segment":"planted","user_id":"u"}'],
  ['POST', '/segments', '[{"segment":"planted","user_id":"u"}]'],
  ['POST', '/counts', '{"segments":["secret"]}'],
  ['DELETE', '/segment/secret'],
];

const SWITCHES = [
  '--host-resolver-rules=MAP evil.example 127.0.0.1',
  // Some browsers keep pages of the internet from this machine by themselves, as others do not.
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
];

interface Answer {
  status: number;
  text: string;
}

/** Has a page ask for something; status 0 is what the browser keeps from it. */
function askFrom(page: Page, url: string, method: string, body?: string): Promise<Answer> {
  const options = { method, body, headers: body && { 'content-type': 'application/json' } };
  return page.evaluate(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify(options)}).then(
      async (answer) => ({ status: answer.status, text: await answer.text() }),
      () => ({ status: 0, text: '' }))`,
  );
}

describe('a page of another site', () => {
  let browser: Browser;
  let system: System;
  before(async () => {
    browser = await openBrowser(SWITCHES);
    system = await startSystem();
    await send(system.urls.es, '/segment', { body: { segment: 'secret', user_id: 'u' } });
  });
  after(async () => {
    await browser.close();
    await system.close();
  });

  /** Opens a page that its own site has served, before its name led to us. */
  async function openEvil(port: number, html = ''): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(timeLimit(30_000));
    const url = `http://evil.example:${port}/evil.html`;
    await page.route(url, (route) => route.fulfill({ body: html, contentType: 'text/html' }));
    await page.goto(url);
    return page;
  }
  const tryAll = async (page: Page, base: string) => {
    const statuses: number[] = [];
    for (const [method, path, body] of TRIES) {
      const { status, text } = await askFrom(page, base + path, method, body);
      expect(text, path).not.to.contain('secret');
      statuses.push(status);
    }
    return new Set(statuses);
  };
  /** How many posts a service has refused so far. */
  const forbidden = async (name: 'uss' | 'es') => {
    const { text } = await send(system.urls[name], '/metrics');
    const posts = /_count\{method="POST",route="\/segment",status="403"\} (\d+)/.exec(text);
    return Number(posts?.[1] ?? 0);
  };
  const expectUntouched = async () => {
    expect(await countOf(system.urls.es, 'secret')).to.equal(1);
    expect(await countOf(system.urls.es, 'planted')).to.equal(0);
  };

  for (const name of ['uss', 'es'] as const) {
    it(`reads, stores and deletes nothing at ${name.toUpperCase()} by rebinding its own name`, async () => {
      const page = await openEvil(system[name].httpPort);
      expect([...(await tryAll(page, ''))]).to.deep.equal([421]);
      await expectUntouched();
      await page.close();
    });

    it(`reads, stores and deletes nothing at ${name.toUpperCase()} by names that are ours`, async () => {
      const { httpPort } = system[name];
      const page = await openEvil(httpPort);
      for (const host of ['localhost', '127.0.0.1']) {
        expect([...(await tryAll(page, `http://${host}:${httpPort}`))]).to.deep.equal([0]);
      }
      // A form is sent without asking first; from a sandbox it is of no origin.
      for (const sandbox of ['', 'sandbox="allow-forms allow-scripts"']) {
        const form = `<form method="post" enctype="text/plain" action="http://localhost:${httpPort}/segment">
          <input name='{"segment":"planted","user_id":"u","' value='":0}'></form><script>document.forms[0].submit()</script>`;
        const before = await forbidden(name);
        await page.evaluate(
          `document.body.innerHTML = ${JSON.stringify(`<iframe ${sandbox} srcdoc="${form.replaceAll('"', '&quot;')}"></iframe>`)}`,
        );
        // What the frame is answered it may not show, so the browser does not always tell of it.
        await until(async () => (await forbidden(name)) > before);
      }
      await expectUntouched();
      await page.close();
    });
  }

  it('could do all of that if its name were allowed', async () => {
    const open = await startSystem(undefined, { allowedHosts: 'evil.example' });
    try {
      await send(open.urls.es, '/segment', { body: { segment: 'found', user_id: 'u' } });
      const page = await openEvil(open.es.httpPort);
      const { text } = await askFrom(page, '/segment/found', 'GET');
      expect(JSON.parse(text).user_count).to.equal(1);
      const body = '{"segment":"planted","user_id":"u"}';
      expect((await askFrom(page, '/segment', 'POST', body)).status).to.equal(202);
      expect((await askFrom(page, '/segment/found', 'DELETE')).status).to.equal(204);
      await page.close();
    } finally {
      await open.close();
    }
  });

  it('has no credential by its own name either', async () => {
    const secured = await startSecuredSystem();
    try {
      const page = await openEvil(Number(new URL(secured.urls.es).port));
      const { status } = await askFrom(page, '/segment/secret', 'GET');
      expect(status).to.equal(401);
      await page.close();
    } finally {
      await secured.close();
    }
  });

  for (const host of ['localhost', '127.0.0.1', 'es.localhost']) {
    it(`differs from our own at ${host}, which go on working`, async () => {
      const base = `http://${host}:${system.es.httpPort}`;
      const page = await browser.newPage();
      page.setDefaultTimeout(timeLimit(30_000));
      await page.goto(`${base}/`);
      await page.getByText('secret').first().waitFor();
      await page.goto(`${base}/swagger/index.html`);
      await page.locator('.opblock').first().waitFor();
      const body = '{"segment":"own","user_id":"u"}';
      expect((await askFrom(page, '/segment', 'POST', body)).status).to.equal(202);
      expect((await askFrom(page, '/segment/own', 'GET')).status).to.equal(200);
      expect((await askFrom(page, '/segment/own', 'DELETE')).status).to.equal(204);
      await page.close();
    });
  }
});
