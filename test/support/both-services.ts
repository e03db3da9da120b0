import { expect } from 'chai';
import { FAILURE_CODES } from '../../src/domain/failure.js';
import type { Sent } from './http.js';
import { send } from './http.js';
import { atNoon } from './noon.js';
import { type System, startSystem } from './system.js';

/** One of the two services, asked over REST; there once tests run. */
export interface Asked {
  name: 'uss' | 'es';
  base(): string;
  system(): System;
}

/** Has both services, each on a system of its own, keep the same promises. Their clocks stand at noon of this UTC day. */
export function describeBoth(title: string, tests: (asked: Asked) => void): void {
  for (const name of ['uss', 'es'] as const) {
    describe(`${title} of ${name.toUpperCase()}`, () => {
      let system: System;
      before(async () => {
        system = await startSystem(atNoon);
      });
      after(() => system.close());

      tests({ name, base: () => system.urls[name], system: () => system });
    });
  }
}

/** A request that is refused, what with, and the words of the answer. */
export type Refused = [what: string, path: string, sent: Sent, status: number, detail: RegExp];

/** Has both services refuse requests by a problem document, and store nothing of them. */
export function describeRefusals(title: string, refused: readonly Refused[]): void {
  describeBoth(title, ({ base, system }) => {
    for (const [what, path, sent, status, detail] of refused) {
      it(`answers ${status} to ${what} at ${path.slice(0, 30)}, and stores nothing`, async () => {
        const keys = await system().redis.dbsize();
        const { headers, json, ...answer } = await send(base(), path, sent);
        expect([answer.status, json.status]).to.deep.equal([status, status]);
        expect(headers['content-type']).to.equal('application/problem+json');
        expect(json.type).to.equal('about:blank');
        expect(json.title).to.be.a('string');
        expect(FAILURE_CODES).to.include(json.code);
        expect(json.detail).to.match(detail);
        expect(await system().redis.dbsize()).to.equal(keys);
      });
    }
  });
}
