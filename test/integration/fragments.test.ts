import { expect } from 'chai';
import { countOf } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const MEMBERSHIP = '{"segment":"a","user_id":"u"}';

/** Targets that a router would take for another one, as it cuts them off at the #. */
const TARGETS = ['/segment/a#b', '/segment/a#', '/#', '/segment/#?days=1', '/segment/a?days=1#x'];

describe('A target with a fragment', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
    const { send, receive, close } = await openRaw(system.es.httpPort);
    send(rawRequest('POST /segment', { 'content-type': 'application/json' }, MEMBERSHIP));
    await receive();
    close();
  });
  after(() => system.close());

  for (const service of ['uss', 'es'] as const) {
    for (const target of TARGETS) {
      for (const method of ['GET', 'DELETE', 'POST', 'OPTIONS']) {
        it(`is refused by ${service}, and the next request answered: ${method} ${target}`, async () => {
          const { send, receive, close } = await openRaw(system[service].httpPort);
          const body = method === 'POST' ? MEMBERSHIP : '';
          send(rawRequest(`${method} ${target}`, { 'content-type': 'application/json' }, body));
          const answer = await receive();
          expect(answer).to.match(/^HTTP\/1\.1 400 /);
          expect(answer).to.contain('the path must not contain #; in a name # is written %23');
          send(rawRequest('GET /healthz', {}));
          expect(await receive()).to.match(/^HTTP\/1\.1 200 /);
          close();
        });
      }
    }
  }

  it('deletes nothing', async () => {
    expect(await countOf(`http://127.0.0.1:${system.es.httpPort}`, 'a')).to.equal(1);
  });
});
