import { expect } from 'chai';
import { send } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';

/** What may happen to a name on its way. */
const MISSPELT: Record<string, (name: string) => string> = {
  'a letter less': (name) => name.slice(0, -1),
  'a letter more': (name) => `${name}x`,
  'two letters changed places': (name) => `${name[1]}${name[0]}${name.slice(2)}`,
  'upper case': (name) => name.toUpperCase(),
};

const asked = (path: string) => path.replace('{segment}', 'sport');

// biome-ignore lint/suspicious/noExplicitAny: a JSON document
type Operation = any;

/** Operations that clients' work goes to, with the values they are documented with. */
function operationsOf(document: Operation): [path: string, method: string, Operation][] {
  return Object.entries<object>(document.paths)
    .filter(([path]) => document.paths[path].get?.tags[0] !== 'operations')
    .flatMap(([path, item]) =>
      Object.entries<Operation>(item).map(([method, operation]): [string, string, Operation] => [
        path,
        method.toUpperCase(),
        operation,
      ]),
    );
}

function bodyOf(operation: Operation): object | undefined {
  const { examples } = operation.requestBody?.content['application/json'] ?? {};
  const [example] = Object.values<{ value: object }>(examples ?? {});
  return example?.value;
}

for (const name of ['uss', 'es'] as const) {
  describe(`A name that nothing reads, at ${name.toUpperCase()}`, () => {
    let system: System;
    let operations: [path: string, method: string, Operation][];
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document
    let document: any;
    before(async () => {
      system = await startSystem();
      document = (await send(system.urls[name], '/openapi.json')).json;
      operations = operationsOf(document);
      expect(operations).to.have.length(name === 'es' ? 11 : 4);
    });
    after(() => system.close());

    for (const [what, misspell] of Object.entries(MISSPELT)) {
      it(`is refused as a query parameter at every operation: ${what}`, async () => {
        for (const [path, method, operation] of operations) {
          const body = bodyOf(operation);
          const known: string[] = (operation.parameters ?? [])
            .filter((parameter: { in: string }) => parameter.in === 'query')
            .map((parameter: { name: string }) => parameter.name);
          for (const wrong of [...known, ...(known.length > 0 ? [] : ['days', 'segment'])]) {
            const given = known.length > 0 ? misspell(wrong) : wrong;
            const where = `${asked(path)}?${encodeURIComponent(given)}=1`;
            const { status, json } = await send(system.urls[name], where, {
              method,
              ...(body !== undefined && { body }),
            });
            expect([status, json?.code, json?.field], `${method} ${where}`).to.deep.equal([
              400,
              'unknown_parameter',
              given,
            ]);
            expect(json.detail).to.contain(
              known.length > 0 ? `did you mean ${wrong}?` : 'goes into the path or the body',
            );
          }
        }
      });

      it(`is refused as a member of every body: ${what}`, async () => {
        const before = await system.redis.dbsize();
        for (const [path, method, operation] of operations) {
          const body = bodyOf(operation);
          if (body === undefined) continue;
          const { items, ...schema } = schemaOf(operation);
          for (const member of Object.keys((items ?? schema).properties)) {
            const given = misspell(member);
            const more = { ...(Array.isArray(body) ? body[0] : body), [given]: 'x' };
            const { status, json } = await send(system.urls[name], asked(path), {
              method,
              body: Array.isArray(body) ? [more] : more,
            });
            const reported = Array.isArray(body) ? json.errors[0] : json;
            expect(
              [status, reported.code, reported.field],
              `${method} ${path} ${given}`,
            ).to.deep.equal([Array.isArray(body) ? 202 : 400, 'unknown_field', given]);
            expect(reported.detail).to.contain(`did you mean ${member}?`);
          }
        }
        expect(await system.redis.dbsize()).to.equal(before);
      });
    }

    it('is refused where a body has a known member twice', async () => {
      for (const [path, method, operation] of operations) {
        const body = bodyOf(operation);
        if (body === undefined || Array.isArray(body)) continue;
        const [member = ''] = Object.keys(body);
        const twice = JSON.stringify(body).replace(/^\{/, `{"${member}":"other",`);
        const { status, json } = await send(system.urls[name], asked(path), {
          method,
          body: twice,
          headers: { 'content-type': 'application/json' },
        });
        expect([status, json.code, json.field], path).to.deep.equal([400, 'invalid_json', member]);
      }
    });

    it('is refused where it stands in a body that nothing reads', async () => {
      for (const [path, method] of operations.filter(([, method]) => method !== 'POST')) {
        const { status, json } = await send(system.urls[name], asked(path), {
          method,
          body: '{"days":7}',
          headers: { 'content-length': '10' },
        });
        expect([status, json.detail], `${method} ${path}`).to.deep.equal([
          400,
          `${method} takes no body here; what is asked goes into the URL`,
        ]);
      }
    });

    it('is no bytes that are not UTF-8', async () => {
      for (const query of ['?days=%ff', '?days=7&x=%e9', '?%c3=1', '?days=7%']) {
        const { status, json } = await send(system.urls[name], `/segment/sport${query}`);
        expect([status, json.detail], query).to.deep.equal([
          400,
          'the query is not valid percent-encoded UTF-8',
        ]);
      }
    });

    function schemaOf(operation: Operation) {
      const { schema } = operation.requestBody.content['application/json'];
      const follow = (node: { $ref?: string }): Operation =>
        node.$ref === undefined
          ? node
          : document.components.schemas[node.$ref.split('/').at(-1) as string];
      const whole = follow(schema);
      return whole.items === undefined ? whole : { ...whole, items: follow(whole.items) };
    }
  });
}
