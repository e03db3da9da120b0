import { expect } from 'chai';
import fc from 'fast-check';
import { loadEsConfig } from '../../src/es/config.js';
import { parseNodes } from '../../src/es/redis/connection/nodes.js';
import { StartError } from '../../src/process/lifecycle.js';

/** Why ES does not start with a URL of Redis; undefined where it may. */
function complaint(url: string, mode = 'single'): string | undefined {
  try {
    loadEsConfig({ redis: { url, mode } });
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(StartError);
    const { message } = error as Error;
    expect(message).to.match(/^bad configuration: ES_REDIS_URL \(redis\.url\): must [^\n]+$/);
    return message;
  }
}

const REFUSED: [string, string, RegExp][] = [
  ['single', 'redis://u:secret@host/mydb', /whole number for its database/],
  ['single', 'redis://:secret@host/3/', /whole number for its database/],
  ['single', 'redis://host/-1', /whole number for its database/],
  ['single', 'redis://host/1.5', /whole number for its database/],
  ['single', 'redis://host/1e1', /whole number for its database/],
  ['single', 'redis://host/0x1', /whole number for its database/],
  ['single', 'redis://host/%33', /whole number for its database/],
  ['single', 'redis://host/99999999999', /whole number for its database/],
  ['sentinel', 'redis://host/mydb', /whole number for its database/],
  ['cluster', 'redis://host/mydb', /whole number for its database/],
  ['cluster', 'redis://host/3', /no database other than 0/],
  ['cluster', 'redis://a,redis://b/3', /no database other than 0/],
  ['single', 'redis://host?db=3', /neither \? nor #/],
  ['single', 'unix:///run/redis.sock?db=3', /neither \? nor #/],
  ['single', 'redis://:secret#1@host', /neither \? nor #|a URL such as/],
  ['single', 'redis://:secret%@host', /%25/],
  ['single', 'redis://secret@host', /a password where it has a user/],
  ['single', 'redis://a,redis://b', /one URL unless Sentinels or a Cluster/],
  ['sentinel', 'redis://a/1,redis://b/2', /same user, password and database/],
  ['sentinel', 'redis://a,redis://b/2', /same user, password and database/],
  ['sentinel', 'redis://:secret@a,redis://:other@b', /same user, password and database/],
  ['sentinel', 'redis://a,redis://:secret@b', /same user, password and database/],
  ['cluster', 'redis://u:secret@a,redis://v:secret@b', /same user, password and database/],
  ['cluster', 'redis://a,rediss://b', /rediss:\/\/ for all/],
  ['cluster', 'unix:///run/redis.sock', /redis:\/\/ or rediss:\/\//],
  ['sentinel', 'redis://a,unix:///run/redis.sock', /redis:\/\/ or rediss:\/\//],
];

const TAKEN: [string, string][] = [
  ['single', 'redis://u:secret@host:6380/3'],
  ['single', 'redis://host/'],
  ['single', 'redis://host/0'],
  ['single', 'redis://:%3F%23%25@[::1]/15'],
  ['single', 'unix:///run/a%20b.sock'],
  ['sentinel', 'redis://:secret@a/3,redis://:secret@b/3'],
  ['sentinel', 'redis://:secret@a/3,redis://b,redis://c'],
  ['sentinel', 'redis://a,redis://b/0'],
  ['cluster', 'rediss://u:secret@a/0,rediss://u:secret@b'],
];

describe('The URL of Redis', () => {
  for (const [mode, url, reason] of REFUSED) {
    it(`is refused by name: ${url} (${mode})`, () => {
      expect(complaint(url, mode)).to.match(reason).and.not.contain('secret');
    });
  }

  for (const [mode, url] of TAKEN) {
    it(`is taken: ${url} (${mode})`, () => {
      expect(complaint(url, mode)).to.equal(undefined);
    });
  }

  it('has the database that it says, or is refused', () => {
    const text = fc.oneof(
      fc.nat().map(String),
      fc.webSegment(),
      fc.string({ unit: fc.constantFrom('0', '1', '9', '-', '.', 'e', 'x', ' ', '/', '+') }),
    );
    fc.assert(
      fc.property(text, (database) => {
        const url = `redis://u:secret@host/${database}`;
        const [path = ''] = /^\d{1,9}$/.exec(new URL(url).pathname.slice(1)) ?? [];
        // A URL would be read without the blanks at its end.
        const isWhole = !/\s$/.test(url);
        if (complaint(url) === undefined && path !== '') {
          expect(parseNodes(url)[0].database).to.equal(Number(path));
        } else {
          expect(complaint(url) === undefined).to.equal(
            isWhole && new URL(url).pathname.length <= 1,
          );
        }
      }),
    );
  });
});
