import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { Need } from '../../src/auth/scope.js';
import { type Credential, makeCredentials } from '../support/credentials.js';
import { send } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { documentedNeed } from '../support/scopes.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';

/** What makes each listener take a request: the fast path, the lean one, Express. */
const WAYS = [
  { headers: {}, before: '', after: '' },
  { headers: { TE: 'trailers' }, before: '', after: '' },
  { headers: {}, before: 'http://localhost', after: '?' },
];

const JSON_TYPE = { 'Content-Type': 'application/json' };
const MEMBERSHIP = '{"segment":"stored","user_id":"u1"}';

/** Requests to both, and the answer to a client that may ask; what is asked for only where no route has the method. */
const REQUESTS: [method: string, path: string, status: number, body?: string, needs?: Need][] = [
  ['POST', '/segment', 202, MEMBERSHIP],
  ['GET', '/segment', 405, '', 'segments:write'],
  ['PUT', '/segment', 405, MEMBERSHIP, 'segments:write'],
  ['OPTIONS', '/segment', 204, '', 'segments:write'],
  ['POST', '/segments', 202, `[${MEMBERSHIP}]`],
  ['PUT', '/segments', 405, '', 'segments:write'],
  ['GET', '/segment/stored', 200],
  ['HEAD', '/segment/stored', 200],
  ['GET', '/segment/%73', 200],
  ['POST', '/segment/stored', 405, MEMBERSHIP, 'segments:read'],
  ['PUT', '/segment/stored', 405, '', 'segments:read'],
  ['POST', '/counts', 200, '{"segments":["stored"]}'],
  ['GET', '/counts', 405, '', 'segments:read'],
  ['GET', '/metrics', 200],
  ['HEAD', '/metrics', 200],
  ['GET', '/openapi.json', 200],
  ['GET', '/swagger/index.html', 200],
  ['GET', '/swagger/swagger-ui.css', 200],
  ['GET', '/swagger/swagger-ui-init.js', 200],
  ['GET', '/swagger', 302],
  ['GET', '/healthz', 200],
  ['HEAD', '/healthz', 200],
  ['GET', '/readyz', 200],
  ['GET', '/nothing', 404, '', 'open'],
];

/** Those that one of them answers in another way. */
const OWN_REQUESTS: Record<'uss' | 'es', typeof REQUESTS> = {
  uss: [
    ['GET', '/', 302],
    ['GET', '/segments', 405, '', 'segments:write'],
    ['DELETE', '/segment/stored', 405, '', 'segments:read'],
    ['GET', '/segment/stored/estimate', 404, '', 'open'],
    ['POST', '/overlap', 404, '{}', 'open'],
  ],
  es: [
    ['GET', '/', 200],
    ['GET', '/assets/page.js', 200],
    ['GET', '/segments', 200],
    ['HEAD', '/segments', 200],
    ['DELETE', '/segments', 405, '', 'segments:write'],
    ['DELETE', '/segment/other', 204],
    ['DELETE', '/segment/%6f', 204],
    ['GET', '/segment/stored/estimate', 200],
    ['DELETE', '/segment/stored/estimate', 405, '', 'segments:read'],
    ['GET', '/segment/stored/history', 200],
    ['GET', '/segment/stored/similar', 200],
    ['POST', '/overlap', 200, '{"segments":["stored","other"]}'],
    ['POST', '/estimate', 200, '{"all":["stored"]}'],
  ],
};

/** What the documentation says that a request asks for. */
function needOf(method: string, path: string): Need {
  const route = path.replace(/^\/segment\/[^/]+/, '/segment/:segment');
  return documentedNeed(method === 'HEAD' ? 'GET' : method, route, { DOCS: 'segments:read' });
}

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

    const requests = [...REQUESTS, ...OWN_REQUESTS[name]];
    for (const [method, path, status, body, needs = needOf(method, path)] of requests) {
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
