import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import type { Need } from '../../src/auth/scope.js';
import { send } from '../support/http.js';
import { documentedNeed } from '../support/scopes.js';
import { type SecuredSystem, startSecuredSystem } from '../support/secured.js';

/** The scope that an operation asks for; undefined for the open ones. */
function scopeOf(method: string, path: string): Need | undefined {
  const need = documentedNeed(method.toUpperCase(), path.replace('{segment}', ':segment'));
  return need === 'open' ? undefined : need;
}

for (const name of ['uss', 'es'] as const) {
  describe(`OpenAPI of ${name.toUpperCase()} with authentication`, () => {
    let system: SecuredSystem;
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document
    let document: any;
    before(async () => {
      system = await startSecuredSystem({ docs: 'open' });
      document = (await send(system.urls[name], '/openapi.json')).json;
    });
    after(() => system.close());

    it('is valid, and has the one scheme', async () => {
      const result = await new Validator().validate(structuredClone(document));
      expect(result.errors ?? []).to.deep.equal([]);
      const { bearer, ...others } = document.components.securitySchemes;
      expect(bearer).to.include({ type: 'http', scheme: 'bearer' });
      expect(others).to.deep.equal({});
    });

    it('says what each operation asks for, and how it refuses', async () => {
      expect(document.security).to.deep.equal([]);
      const operations = Object.entries<object>(document.paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method} ${path}`),
      );
      expect(operations.length).to.be.greaterThan(8);
      for (const operation of operations) {
        const [method = '', path = ''] = operation.split(' ');
        const { security, responses } = document.paths[path][method];
        const scope = scopeOf(method, path);
        expect(security, operation).to.deep.equal(scope && [{ bearer: [scope] }]);
        for (const status of [401, 403]) {
          expect(responses[status] !== undefined, `${operation} ${status}`).to.equal(
            scope !== undefined,
          );
        }
        if (scope === undefined) continue;
        const url = path.replace('{segment}', 's');
        const refused = await send(system.urls[name], url, { method: method.toUpperCase() });
        const { detail, ...rest } = responses[401].content['application/problem+json'].example;
        expect(refused.json).to.deep.equal({ ...rest, detail });
        for (const header of Object.keys(responses[401].headers)) {
          expect(refused.headers).to.have.property(header.toLowerCase());
        }
      }
    });
  });
}
