import { expect } from 'chai';
import type { Queries } from '../../src/es/queries/queries.js';
import { createQueryRoutes } from '../../src/es/rest/routes.js';
import { ES_PATHS } from '../../src/generated/es-paths.js';
import type { BodyOptions } from '../../src/http/request/body.js';
import { send } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The methods that ES really answers beside those of both services, by path. */
const PATHS: Record<string, string[]> = {};
for (const { method, path } of createQueryRoutes({} as Queries, {} as BodyOptions, 14)) {
  PATHS[path] = [...(PATHS[path] ?? []), method];
}

describe('USS, asked for what ES answers', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.close());

  it('knows each route of ES and its methods', () => {
    expect(PATHS).to.deep.equal(ES_PATHS);
  });

  for (const [path, ofEs] of Object.entries(PATHS)) {
    for (const method of METHODS) {
      it(`says so of ${method} ${path}, if it is so`, async () => {
        const asked = path.replace(':segment', 'a%2Fb');
        const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
        const answer = await send(system.urls.uss, asked, { method, ...(body && { body }) });
        const isOfEs = ofEs.includes(method === 'HEAD' ? 'GET' : method);
        if (answer.status < 400 || answer.status === 400) {
          expect(isOfEs).to.equal(false);
          return;
        }
        expect(answer.status).to.be.oneOf([404, 405]);
        expect(answer.status === 405).to.equal(answer.headers.allow !== undefined);
        if (method === 'HEAD') return;
        expect(answer.headers['content-type']).to.equal('application/problem+json');
        const { detail } = answer.json;
        if (isOfEs) expect(detail).to.match(new RegExp(`; ES answers ${method}( at this path)?$`));
        else if (answer.status === 404) expect(detail).to.match(/^this is USS; ES answers /);
        else expect(detail).to.not.contain('ES');
      });
    }
  }

  it('says nothing of ES where ES has nothing', async () => {
    for (const path of ['/overlaps', '/segment', '/segment/a/b', '/segment/a/estimate/x', '/no']) {
      const { status, json } = await send(system.urls.uss, path, { method: 'DELETE' });
      expect([404, 405]).to.include(status);
      expect(json.detail).to.not.contain('ES ');
    }
  });
});
