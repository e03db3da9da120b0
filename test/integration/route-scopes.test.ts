import { expect } from 'chai';
import { type Need, SCOPES } from '../../src/auth/scope.js';
import type { Route } from '../../src/http/route.js';
import { send } from '../support/http.js';
import { documentedNeed, unservedBy } from '../support/scopes.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';

describe('What each served route asks of its client', () => {
  let system: SecuredSystem;
  let served: { name: 'uss' | 'es'; route: Route }[];
  before(async () => {
    system = await startSecuredSystem({ docs: 'segments:read' });
    served = (['uss', 'es'] as const).flatMap((name) =>
      system.routes[name].map((route) => ({ name, route })),
    );
    expect(served.length).to.be.greaterThan(30);
  });
  after(() => system.close());

  /** What the documentation says, as this system is configured. */
  const needOf = ({ method, path }: Route): Need =>
    documentedNeed(method, path, { DOCS: 'segments:read' });

  it('is what the documentation says', () => {
    for (const { name, route } of served) {
      const { method, path, needs } = route;
      expect(needs, `${name}: ${method} ${path}`).to.equal(needOf(route));
    }
  });

  it('is documented of nothing that neither service has', () => {
    expect(unservedBy(served.map(({ route }) => route))).to.deep.equal([]);
  });

  it('is asked before anything else', async () => {
    for (const { name, route } of served) {
      const needs = needOf(route);
      const path = route.path.replace(':segment', 's');
      const ask = (headers: Record<string, string>) =>
        send(system.urls[name], path, { method: route.method, headers });
      const what = `${name}: ${route.method} ${path}`;
      const { status } = await ask({});
      expect(status === 401, what).to.equal(needs !== 'open');
      for (const scope of SCOPES) {
        const answer = await ask({ authorization: `Bearer ${system.apiKeys[scope]}` });
        const isIn = needs === 'open' || needs === scope;
        expect([401, 403].includes(answer.status), `${what} with ${scope}`).to.equal(!isIn);
        if (!isIn) expect(answer.json.detail).to.equal(`the credential lacks the scope ${needs}`);
      }
    }
  });

  it('is in the OpenAPI document, or the route says that it is not', async () => {
    for (const name of ['uss', 'es'] as const) {
      const headers = { authorization: `Bearer ${system.apiKeys['segments:read']}` };
      const { json } = await send(system.urls[name], '/openapi.json', { headers });
      const documented = Object.entries<object>(json.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const routes = system.routes[name].filter(({ operation }) => operation !== 'undocumented');
      expect(documented).to.have.members(
        routes.map(({ method, path }) => `${method} ${path.replace(':segment', '{segment}')}`),
      );
      const rest = system.routes[name].filter((route) => !routes.includes(route));
      for (const { path } of rest) expect(path).to.match(/^\/(swagger(\/.*)?|assets\/.*)?$/);
    }
  });
});
