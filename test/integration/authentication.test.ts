import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { Need } from '../../src/auth/scope.js';
import { type Credential, makeCredentials } from '../support/credentials.js';
import { send } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';

/** What makes each listener take a request: the fast path, the lean one, Express. */
const WAYS = [
  { headers: {}, before: '', after: '' },
  { headers: { TE: 'trailers' }, before: '', after: '' },
  { headers: {}, before: 'http://localhost', after: '?' },
];

const JSON_TYPE = { 'Content-Type': 'application/json' };
const MEMBERSHIP = '{"segment":"stored","user_id":"u1"}';

/** Every route and method of both: what it asks for, and its answer to who has that. */
const ROUTES: [method: string, path: string, needs: Need, status: number, body?: string][] = [
  ['POST', '/segment', 'segments:write', 202, MEMBERSHIP],
  ['GET', '/segment', 'segments:write', 405],
  ['PUT', '/segment', 'segments:write', 405, MEMBERSHIP],
  ['OPTIONS', '/segment', 'segments:write', 204],
  ['POST', '/segments', 'segments:write', 202, `[${MEMBERSHIP}]`],
  ['PUT', '/segments', 'segments:write', 405],
  ['GET', '/segment/stored', 'segments:read', 200],
  ['HEAD', '/segment/stored', 'segments:read', 200],
  ['GET', '/segment/%73', 'segments:read', 200],
  ['POST', '/segment/stored', 'segments:read', 405, MEMBERSHIP],
  ['PUT', '/segment/stored', 'segments:read', 405],
  ['POST', '/counts', 'segments:read', 200, '{"segments":["stored"]}'],
  ['GET', '/counts', 'segments:read', 405],
  ['GET', '/metrics', 'segments:admin', 200],
  ['HEAD', '/metrics', 'segments:admin', 200],
  ['GET', '/openapi.json', 'segments:read', 200],
  ['GET', '/swagger/index.html', 'segments:read', 200],
  ['GET', '/swagger/swagger-ui.css', 'segments:read', 200],
  ['GET', '/swagger/swagger-ui-init.js', 'segments:read', 200],
  ['GET', '/swagger', 'segments:read', 302],
  ['GET', '/healthz', 'open', 200],
  ['HEAD', '/healthz', 'open', 200],
  ['GET', '/readyz', 'open', 200],
  ['GET', '/nothing', 'open', 404],
];

/** Those that one of them answers in another way. */
const OWN_ROUTES: Record<'uss' | 'es', typeof ROUTES> = {
  uss: [
    ['GET', '/', 'segments:read', 302],
    ['GET', '/segments', 'segments:write', 405],
    ['DELETE', '/segment/stored', 'segments:read', 405],
    ['GET', '/segment/stored/estimate', 'open', 404],
    ['POST', '/overlap', 'open', 404, '{}'],
  ],
  es: [
    ['GET', '/', 'segments:read', 200],
    ['GET', '/assets/page.js', 'segments:read', 200],
    ['GET', '/segments', 'segments:read', 200],
    ['HEAD', '/segments', 'segments:read', 200],
    ['DELETE', '/segments', 'segments:write', 405],
    ['DELETE', '/segment/other', 'segments:admin', 204],
    ['DELETE', '/segment/%6f', 'segments:admin', 204],
    ['GET', '/segment/stored/estimate', 'segments:read', 200],
    ['DELETE', '/segment/stored/estimate', 'segments:read', 405],
    ['GET', '/segment/stored/history', 'segments:read', 200],
    ['POST', '/overlap', 'segments:read', 200, '{"segments":["stored","other"]}'],
    ['POST', '/estimate', 'segments:read', 200, '{"all":["stored"]}'],
  ],
};

const STATUS = { unauthenticated: 401, forbidden: 403 };

for (const name of ['uss', 'es'] as const) {
  describe(`Authentication over REST by ${name.toUpperCase()}`, () => {
    let system: SecuredSystem;
    let credentials: Credential[];
    before(async () => {
      system = await startSecuredSystem();
      credentials = await makeCredentials(system);
    });
    after(() => system.close());

    const reader = () => ({ authorization: `Bearer ${system.apiKeys['segments:read']}` });

    async function ask(port: number, method: string, target: string, headers: object, body = '') {
      const connection = await openRaw(port);
      connection.send(rawRequest(`${method} ${target}`, { ...JSON_TYPE, ...headers }, body));
      const answer = await connection.receive(method);
      connection.close();
      return answer;
    }

    for (const [method, path, needs, status, body] of [...ROUTES, ...OWN_ROUTES[name]]) {
      it(`asks for ${needs} at ${method} ${path}, whoever reads the request`, async () => {
        const scope = needs === 'open' || needs === 'authenticated' ? 'segments:read' : needs;
        for (const { what, authorization, outcome } of credentials) {
          const value = authorization(scope);
          const expected = needs === 'open' || outcome === 'right' ? status : STATUS[outcome];
          const answers = [];
          for (const { headers, before, after } of WAYS) {
            const target = `${before}${path}${after}`;
            const more = value === undefined ? headers : { ...headers, Authorization: value };
            const answer = await ask(system.ports[name], method, target, more, body);
            expect(answer, `${what}, ${target}`).to.match(new RegExp(`^HTTP/1.1 ${expected} `));
            if (expected === 401 || expected === 403) checkRefusal(answer, method, scope, what);
            answers.push(answer.replace(/\r\nDate: .*/, ''));
          }
          if (expected !== 401 && expected !== 403) continue;
          expect(new Set(answers).size, `${what}: the same by each way`).to.equal(1);
        }
      });
    }

    function checkRefusal(answer: string, method: string, scope: string, what: string) {
      const status = Number(answer.slice(9, 12));
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      const challenge = /\r\nwww-authenticate: (.*)/i.exec(head)?.[1];
      const realm = `Bearer realm="${name}"`;
      if (status === 403) {
        const rest = 'error="insufficient_scope"';
        expect(challenge).to.equal(`${realm}, ${rest}, scope="${scope}"`);
      } else if (challenge !== realm) {
        expect(challenge, what).to.contain(`${realm}, error="invalid_token", error_description="`);
      }
      expect(head).to.match(/\r\ncontent-type: application\/problem\+json/i);
      if (method === 'HEAD') return;
      const problem = JSON.parse(body);
      expect(problem).to.include({ type: 'about:blank', status });
      expect(problem.title).to.equal(status === 403 ? 'Forbidden' : 'Unauthorized');
      if (status === 403) expect(problem.detail).to.contain(scope);
    }

    it('tells what is wrong with a token, and nothing more', async () => {
      const details = new Map<string, string>();
      for (const { what, authorization, outcome } of credentials) {
        const value = authorization('segments:read');
        if (outcome !== 'unauthenticated' || value === undefined) continue;
        const headers = { authorization: value };
        const { json } = await send(system.urls[name], '/segment/s', { headers });
        details.set(what, json.detail);
      }
      expect(details.get('an expired token')).to.equal('the token has expired');
      expect(details.get('a token of another issuer')).to.match(/no iss that is accepted/);
      expect(details.get('a token for another audience')).to.match(/no aud that is accepted/);
      expect(details.get('a token that is not valid yet')).to.match(/no nbf that is accepted/);
      expect(details.get('a token without expiry')).to.match(/no exp that is accepted/);
      expect(details.get('a token that nobody signed')).to.equal('the token is not valid');
      expect(details.get('an API key of nobody')).to.equal('the API key is not known');
    });

    it('refuses before any of the body has come', async () => {
      for (const path of ['/segment', '/segments']) {
        const connection = await openRaw(system.ports[name]);
        connection.send(rawRequest(`POST ${path}`, { ...JSON_TYPE, 'Content-Length': '100' }));
        expect(await connection.receive()).to.match(/^HTTP\/1\.1 401 /);
        connection.close();
      }
    });

    it('stores nothing of a client it refuses', async () => {
      const body = new PassThrough();
      body.write('{"segment":"refused","user_id":"u1"}\n');
      const headers = { ...reader(), 'content-type': 'application/x-ndjson' };
      const { status } = await send(system.urls[name], '/segments', {
        body,
        headers,
        method: 'POST',
      });
      body.destroy();
      expect(status).to.equal(403);
      const one = { segment: 'refused', user_id: 'u2' };
      expect((await send(system.urls[name], '/segment', { body: one })).status).to.equal(401);
      const count = await send(system.urls[name], '/segment/refused', { headers: reader() });
      expect(count.json).to.deep.equal({ segment: 'refused', user_count: 0 });
    });

    it('remembers nothing that it refused, and lets in again whom it knows', async () => {
      const wrong = credentials.filter(({ outcome }) => outcome === 'unauthenticated');
      for (let times = 0; times < 2; times += 1) {
        for (const { authorization } of wrong) {
          const headers = { authorization: authorization('segments:read') ?? 'Bearer' };
          expect((await send(system.urls[name], '/segment/s', { headers })).status).to.equal(401);
        }
        const { status } = await send(system.urls[name], '/segment/s', { headers: reader() });
        expect(status).to.equal(200);
      }
    });
  });
}
