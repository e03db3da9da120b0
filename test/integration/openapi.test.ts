import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { type Sent, send } from '../support/http.js';
import { schemaCheck, visit } from '../support/openapi.js';
import { esConfig, type System, startSystem, ussConfig } from '../support/system.js';

/** Requests that bring out each documented answer of each operation, what nobody is refused here for and faults aside. */
const REQUESTS: Record<string, [status: number, path: string, sent: Sent][]> = {
  'post /segment': [
    [202, '/segment', { body: { segment: 's', user_id: 'u' } }],
    [400, '/segment', { body: { segment: 's' } }],
    [413, '/segment', { body: { segment: 'x'.repeat(20_000) } }],
    [415, '/segment', { body: 'x' }],
    [503, '/segment', { body: { segment: 's', user_id: 'u' } }],
  ],
  'post /segments': [
    [202, '/segments', { body: [{ segment: 's', user_id: 'u' }, { segment: '' }] }],
    [400, '/segments', { body: {} }],
    [413, '/segments', { body: new Array(10_001).fill(0) }],
    [415, '/segments', { body: 'x' }],
    [503, '/segments', { body: [{ segment: 's', user_id: 'u' }] }],
  ],
  'get /segment/{segment}': [
    [200, '/segment/s?days=1', {}],
    [400, '/segment/s?days=99', {}],
    [503, '/segment/s', {}],
  ],
  'post /counts': [
    [200, '/counts', { body: { segments: ['s', 'nobody'], days: 1 } }],
    [400, '/counts', { body: { segments: [] } }],
    [
      413,
      '/counts',
      { body: 'x'.repeat(2_100_000), headers: { 'content-type': 'application/json' } },
    ],
    [415, '/counts', { body: 'x' }],
    [503, '/counts', { body: { segments: ['s'] } }],
  ],
  'get /healthz': [[200, '/healthz', {}]],
  'get /readyz': [
    [200, '/readyz', {}],
    [503, '/readyz', {}],
  ],
  'get /metrics': [[200, '/metrics', {}]],
  'get /openapi.json': [[200, '/openapi.json', {}]],
  'get /swagger/index.html': [[200, '/swagger/index.html', {}]],
};

/** Requests to a path that has parameters. */
const askedOf = (path: string, bad: string): (typeof REQUESTS)[string] => [
  [200, path, {}],
  [400, `${path}?${bad}`, {}],
  [503, path, {}],
];

/** The same for what ES alone answers. */
const ES_REQUESTS: typeof REQUESTS = {
  'get /segments': [
    [200, '/segments?details=true', {}],
    [400, '/segments?limit=0', {}],
    [503, '/segments', {}],
  ],
  'delete /segment/{segment}': [
    [204, '/segment/nobody', {}],
    [400, '/segment/a%00b', {}],
    [503, '/segment/s', {}],
  ],
  'get /segment/{segment}/estimate': askedOf('/segment/s/estimate', 'days=99'),
  'get /segment/{segment}/history': askedOf('/segment/s/history', 'days=99'),
  'get /segment/{segment}/similar': askedOf('/segment/s/similar', 'limit=0'),
  'post /overlap': [
    [200, '/overlap', { body: { segments: ['s', 'nobody', 'other'] } }],
    [400, '/overlap', { body: { segments: [] } }],
    [413, '/overlap', { body: { segments: ['x'.repeat(140_000)] } }],
    [415, '/overlap', { body: 'x' }],
    [503, '/overlap', { body: { segments: ['s', 'other'] } }],
  ],
  'post /estimate': [
    [200, '/estimate', { body: { all: ['s'], none: ['nobody'] } }],
    [400, '/estimate', { body: {} }],
    [413, '/estimate', { body: { all: ['x'.repeat(140_000)] } }],
    [415, '/estimate', { body: 'x' }],
    [503, '/estimate', { body: { all: ['s'] } }],
  ],
};

/** Adds what is refused for the name that the service is asked by; probes ask by any. */
function withNames(requests: typeof REQUESTS): typeof REQUESTS {
  const all = Object.entries(requests).map(([operation, asked]): [string, typeof asked] => {
    if (/ \/(healthz|readyz)$/.test(operation)) return [operation, asked];
    const path = asked[0]?.[1] ?? '';
    const foreign = { origin: 'http://evil.example' };
    const rebound = { host: 'evil.example' };
    return [
      operation,
      [...asked, [403, path, { headers: foreign }], [421, path, { headers: rebound }]],
    ];
  });
  return Object.fromEntries(all);
}

for (const name of ['uss', 'es'] as const) {
  const requests = withNames(name === 'es' ? { ...REQUESTS, ...ES_REQUESTS } : REQUESTS);

  describe(`OpenAPI of ${name.toUpperCase()}`, () => {
    let system: System;
    let away: { httpPort: number; close(): Promise<void> };
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document
    let document: any;
    before(async () => {
      system = await startSystem();
      away =
        name === 'es'
          ? await startEs(esConfig('unix:///nowhere/redis.sock'))
          : await startUss(
              ussConfig(1, { es: { address: 'dns:///127.0.0.1:1', timeoutMs: 1_000 } }),
            );
      document = (await send(system.urls[name], '/openapi.json')).json;
    });
    after(async () => {
      await away.close();
      await system.close();
    });

    it('is valid', async () => {
      const result = await new Validator().validate(structuredClone(document));
      expect(result.errors ?? []).to.deep.equal([]);
      expect(document.info.title).to.match(new RegExp(`^${name.toUpperCase()}: `));
    });

    it('leaves nothing open that generators of clients ask for', () => {
      expect(document.security).to.deep.equal([]);
      visit(document, (node) => {
        if (node.type === 'array') expect(node.items, JSON.stringify(node)).to.be.an('object');
      });
    });

    it('has examples that fit their schemas', () => {
      const fits = schemaCheck(document);
      let examples = 0;
      visit(document.paths, (node) => {
        if (node.schema === undefined || node.example === undefined) return;
        examples += 1;
        expect(fits(node.schema, node.example), JSON.stringify(node.example)).to.equal('');
      });
      expect(examples).to.be.greaterThan(15);
    });

    it('names the status, title and type of every problem alike', () => {
      visit(document.paths, (node) => {
        for (const status of Object.keys(node.responses ?? {})) {
          const { content } = node.responses[status];
          const example = content?.['application/problem+json']?.example;
          if (example !== undefined) expect(example.status).to.equal(Number(status));
        }
      });
    });

    it('describes every answer of every operation', async () => {
      const operations = Object.entries<object>(document.paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method} ${path}`),
      );
      expect(operations).to.have.members(Object.keys(requests));
      const fits = schemaCheck(document);
      for (const operation of operations) {
        const [method = '', path = ''] = operation.split(' ');
        const { responses } = document.paths[path][method];
        const asked = (requests[operation] ?? []).map(([status]) => String(status));
        expect(Object.keys(responses), operation).to.have.members([
          ...asked,
          ...Object.keys(responses).filter((status) =>
            ['401', '429', '500', '504', '507'].includes(status),
          ),
        ]);
        for (const [status, url, sent] of requests[operation] ?? []) {
          const base = status === 503 ? `http://127.0.0.1:${away.httpPort}` : system.urls[name];
          const answer = await send(base, url, { ...sent, method: method.toUpperCase() });
          expect(answer.status, `${operation} ${url}`).to.equal(status);
          if (status === 204) {
            expect(answer.text).to.equal('');
            expect(responses[status]).not.to.have.property('content');
            continue;
          }
          const [type = ''] = String(answer.headers['content-type']).split(';');
          const content = responses[status].content[type];
          expect(content, `${operation} ${status} ${type}`).to.be.an('object');
          const value = type.endsWith('json') ? answer.json : answer.text;
          expect(fits(content.schema, value), `${operation} ${status}`).to.equal('');
          for (const header of Object.keys(responses[status].headers ?? {})) {
            expect(answer.headers, `${operation} ${status}`).to.have.property(header.toLowerCase());
          }
        }
      }
    });
  });
}
