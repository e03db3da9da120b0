import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { describeBoth } from '../support/both-services.js';
import { countOf, send } from '../support/http.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

describeBoth('Many at once over REST', ({ base }) => {
  it('stores NDJSON and answers by line', async () => {
    const body =
      '{"segment":"bulk","user_id":"a"}\n\nbroken\n{"segment":"bulk"}\r\n{"segment":"bulk","user_id":"b","occurred_at":"2001-01-01T00:00:00Z"}\n{"segment":"bulk","user_id":"c"}';
    const answer = await send(base(), '/segments', { body, headers: NDJSON });
    expect(answer.status).to.equal(202);
    expect(answer.json).to.deep.equal({
      accepted: 2,
      rejected: 3,
      errors: [
        { line: 3, detail: 'the JSON is broken', code: 'invalid_json' },
        {
          line: 4,
          detail: 'user_id is missing',
          code: 'missing_field',
          field: 'user_id',
        },
        {
          line: 5,
          code: 'out_of_window',
          field: 'occurred_at',
          detail:
            'occurred_at is out of window: its UTC day must be one of the last 14, today included',
        },
      ],
    });
    expect(await countOf(base(), 'bulk')).to.equal(2);
  });

  it('stores a JSON array of 10,000, gzip or not', async () => {
    const entries = (from: number) =>
      Array.from({ length: 10_000 }, (_, index) => ({
        segment: 'array',
        user_id: `u${from + index}`,
      }));
    const plain = await send(base(), '/segments', { body: entries(0) });
    expect(plain.json).to.deep.equal({ accepted: 10_000, rejected: 0, errors: [] });
    const zipped = await send(base(), '/segments', {
      body: gzipSync(JSON.stringify(entries(5_000))),
      headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    });
    expect(zipped.json).to.deep.equal({ accepted: 10_000, rejected: 0, errors: [] });
    expect(await countOf(base(), 'array')).to.be.closeTo(15_000, 15_000 * 4 * 0.0081);
  });

  it('counts a thousand segments at once, in their order', async () => {
    const segments = Array.from({ length: 1_000 }, (_, index) => `c${index}`);
    const body = segments
      .slice(0, 999)
      .flatMap((segment, index) =>
        [...'abc'].slice(0, (index % 3) + 1).map((user_id) => ({ segment, user_id })),
      );
    await send(base(), '/segments', { body });
    for (const days of [undefined, 1]) {
      const { status, json } = await send(base(), '/counts', { body: { segments, days } });
      expect(status).to.equal(200);
      expect(json.counts).to.deep.equal(
        segments.map((segment, index) => ({
          segment,
          user_count: index === 999 ? 0 : (index % 3) + 1,
        })),
      );
    }
    expect(await countOf(base(), 'c2')).to.equal(3);
  });

  it('counts a segment named twice twice', async () => {
    const { json } = await send(base(), '/counts', { body: { segments: ['sport', 'sport'] } });
    expect(json.counts.map(({ segment }: { segment: string }) => segment)).to.deep.equal([
      'sport',
      'sport',
    ]);
  });

  it('answers an empty body in bulk with nothing', async () => {
    const none = { accepted: 0, rejected: 0, errors: [] };
    expect((await send(base(), '/segments', { body: '', headers: NDJSON })).json).to.deep.equal(
      none,
    );
    expect((await send(base(), '/segments', { body: [] })).json).to.deep.equal(none);
  });
});
