import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import type { Answer } from '../../src/http/answer.js';
import { NO_QUERY } from '../../src/http/request/query.js';
import type { HttpRequest, Route } from '../../src/http/route.js';
import { createRouter, type MethodsByPath } from '../../src/http/router.js';

const PATH = '/segment/:segment';

function answerOf(text: string): Answer {
  return { status: 200, headers: [], body: text };
}

/** A route that answers with its method. */
function route(method: Route['method'], needs: Route['needs'], more: Partial<Route> = {}): Route {
  return {
    method,
    path: PATH,
    needs,
    handle: () => answerOf(method),
    operation: 'undocumented',
    ...more,
  };
}

/** The endpoint of a method at a path. */
function find(method: string, routes: readonly Route[], ofEs: MethodsByPath = {}, path = PATH) {
  const endpoint = createRouter(routes, ofEs).get(path)?.(method);
  if (endpoint === undefined) throw new Error(`nothing is at ${path}`);
  const request = {
    method,
    headers: {},
    search: '',
    query: NO_QUERY,
  } as Partial<HttpRequest> as HttpRequest;
  const ask = async (more: Partial<HttpRequest> = {}) =>
    endpoint.answer(Object.assign(request, more));
  return { ...endpoint, ask };
}

async function failureOf(asked: Promise<Answer>): Promise<Failure> {
  const error = await asked.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).to.be.instanceOf(Failure);
  return error;
}

describe('Routes of one path', () => {
  const read = route('GET', 'segments:read');
  const remove = route('DELETE', 'segments:admin');

  it('each ask for their own scope, wherever they are from', () => {
    for (const routes of [
      [read, remove],
      [remove, read],
    ]) {
      expect(find('GET', routes).needs).to.equal('segments:read');
      expect(find('HEAD', routes).needs).to.equal('segments:read');
      expect(find('DELETE', routes).needs).to.equal('segments:admin');
    }
  });

  it('each answer their own method, and GET answers HEAD, too', async () => {
    for (const [method, body] of [
      ['GET', 'GET'],
      ['HEAD', 'GET'],
      ['DELETE', 'DELETE'],
    ] as const) {
      expect(await find(method, [read, remove]).ask()).to.deep.equal(answerOf(body));
    }
  });

  it('ask for the scope of the first of them where none has the method', () => {
    expect(find('PUT', [read, remove]).needs).to.equal('segments:read');
    expect(find('OPTIONS', [remove, read]).needs).to.equal('segments:admin');
  });

  it('refuse another method, and name theirs in the same order each time', async () => {
    const { kind, options } = await failureOf(find('PUT', [remove, read]).ask());
    expect(kind).to.equal('wrong-method');
    expect(options.headers).to.deep.equal({ allow: 'GET, HEAD, DELETE, OPTIONS' });
    const answer = await find('OPTIONS', [remove, read]).ask();
    expect(answer).to.deep.include({
      status: 204,
      headers: ['allow', 'GET, HEAD, DELETE, OPTIONS'],
    });
  });

  it('are not two with the same method', () => {
    expect(() => createRouter([read, route('GET', 'open')])).to.throw(
      'there are two routes for GET /segment/:segment',
    );
  });

  it('know the query parameters of their operation, and no others', async () => {
    const days = { name: 'days', in: 'query', description: '', schema: {} } as const;
    const segment = { name: 'segment', in: 'path', description: '', schema: {} } as const;
    const operation = {
      tags: [],
      operationId: 'one',
      summary: '',
      parameters: [segment, days],
      responses: {},
    };
    const documented = [route('GET', 'segments:read', { operation })];
    await find('GET', documented).ask({ search: 'days=7' });
    for (const search of ['day=7', 'segment=s']) {
      const { code } = await failureOf(find('GET', documented).ask({ search }));
      expect(code).to.equal('unknown_parameter');
    }
    const { code } = await failureOf(find('GET', [read]).ask({ search: 'days=7' }));
    expect(code).to.equal('unknown_parameter');
  });

  it('are limited, unless they are about the service itself or open', () => {
    const ofService = { isOfService: true } as const;
    expect(find('GET', [read]).isLimited).to.equal(true);
    expect(find('PUT', [read]).isLimited).to.equal(true);
    expect(find('GET', [route('GET', 'segments:admin', ofService)]).isLimited).to.equal(false);
    expect(find('GET', [route('GET', 'open')]).isLimited).to.equal(false);
  });

  it('say what ES answers where this service does not', async () => {
    const ofEs = { [PATH]: ['DELETE'], '/overlap': ['POST'] };
    const refused = await failureOf(find('DELETE', [read], ofEs).ask());
    expect(refused.message).to.match(/use GET, HEAD, OPTIONS; ES answers DELETE$/);
    const other = await failureOf(find('PUT', [read], ofEs).ask());
    expect(other.message).to.match(/use GET, HEAD, OPTIONS$/);
    for (const method of ['POST', 'OPTIONS']) {
      const missing = await failureOf(find(method, [read], ofEs, '/overlap').ask());
      expect([missing.kind, missing.message]).to.deep.equal([
        'not-found',
        'this is USS; ES answers POST at this path',
      ]);
    }
  });
});
