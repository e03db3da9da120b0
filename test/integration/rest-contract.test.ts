import { expect } from 'chai';
import { describeBoth } from '../support/both-services.js';
import { countOf, send } from '../support/http.js';
import { daysBeforeNoon } from '../support/noon.js';

describeBoth('REST', ({ base, system }) => {
  it('stores a membership, and counts it in both services', async () => {
    const { status, headers, json } = await send(base(), '/segment', {
      body: { segment: 'sport', user_id: 'u104010' },
    });
    expect([status, json]).to.deep.equal([202, { status: 'accepted' }]);
    expect(headers['content-type']).to.equal('application/json');
    for (const url of Object.values(system().urls)) {
      const answer = await send(url, '/segment/sport');
      expect(answer.status).to.equal(200);
      expect(answer.text).to.equal('{"segment":"sport","user_count":1}');
    }
  });

  it('counts a user once, and an unknown segment 0', async () => {
    for (const user_id of ['a', 'b', 'a']) {
      await send(base(), '/segment', { body: { segment: 'twice', user_id } });
    }
    expect(await countOf(base(), 'twice')).to.equal(2);
    expect(await countOf(base(), 'nobody')).to.equal(0);
  });

  it('counts as many days as are asked for', async () => {
    for (const days of [0, 1, 13]) {
      const body = { segment: 'days', user_id: `u${days}`, occurred_at: daysBeforeNoon(days) };
      expect((await send(base(), '/segment', { body })).status).to.equal(202);
    }
    for (const [query, count] of [
      ['', 3],
      ['?days=1', 1],
      ['?days=2', 2],
      ['?days=13', 2],
      ['?days=14', 3],
    ] as const) {
      expect(await countOf(base(), 'days', query), query).to.equal(count);
    }
  });

  for (const segment of [
    '{a}',
    '}{',
    'a/b',
    '100%',
    '%2F',
    'a?b#c',
    ' ',
    '...',
    '.a',
    'спорт',
    '日本',
    '👩‍👩‍👧‍👦',
    '\u202eשלום',
    '__proto__',
    'constructor',
    '"\\',
    'a+b&c=d',
    'x'.repeat(256),
  ]) {
    it(`brings the segment ${JSON.stringify(segment.slice(0, 16))} back as it was`, async () => {
      const body = { segment, user_id: segment };
      expect((await send(base(), '/segment', { body })).status).to.equal(202);
      const { json } = await send(base(), `/segment/${encodeURIComponent(segment)}`);
      expect(json).to.deep.equal({ segment, user_count: 1 });
    });
  }

  it('takes a content type in other words', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/json;charset="UTF-8"',
    ]) {
      const body = JSON.stringify({ segment: 'typed', user_id: 'u' });
      const { status } = await send(base(), '/segment', {
        body,
        headers: { 'content-type': type },
      });
      expect(status, type).to.equal(202);
    }
  });
});
