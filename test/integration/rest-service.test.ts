import { expect } from 'chai';
import { describeBoth } from '../support/both-services.js';
import { send } from '../support/http.js';

describeBoth('What REST tells', ({ base }) => {
  it('tells its metrics', async () => {
    await send(base(), '/segment', { body: { segment: 'sport', user_id: 'u' } });
    const { headers, text } = await send(base(), '/metrics');
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    expect(text).to.match(
      /segmentation_http_request_duration_seconds_count\{method="POST",route="\/segment",status="202"\} \d+/,
    );
    expect(text).to.contain('process_resident_memory_bytes');
    expect(text).not.to.contain('sport');
  });

  it('tells nothing of what it is made of', async () => {
    const { headers } = await send(base(), '/nothing');
    expect(headers).not.to.have.property('x-powered-by');
    expect(headers).not.to.have.property('server');
  });

  it('gives back the name of a request, unless it could spoil a log', async () => {
    const paths = ['/segment/s', '/segment/s?days=1', '/healthz', '/nothing'];
    const named = (path: string, id: string) =>
      send(base(), path, { headers: { 'x-request-id': id } });
    for (const path of paths) {
      const good = 'a1B2-c3:d4/e5+f6=_.';
      expect((await named(path, good)).headers['x-request-id'], path).to.equal(good);
      for (const bad of ['a b', '"}', 'x'.repeat(129), '\u00e9']) {
        expect((await named(path, bad)).headers, path).not.to.have.property('x-request-id');
      }
    }
  });

  it('gives files of its documentation whole, whatever the conditions', async () => {
    for (const [header, value] of [
      ['if-match', '"another"'],
      ['if-unmodified-since', 'Sat, 01 Jan 2000 00:00:00 GMT'],
      ['range', 'bytes=99999999-'],
    ] as const) {
      const answer = await send(base(), '/swagger/swagger-ui.css', {
        headers: { [header]: value },
      });
      expect(answer.status, header).to.equal(200);
      expect(Buffer.byteLength(answer.text)).to.equal(Number(answer.headers['content-length']));
    }
  });

  it('gives files of its documentation again only when they have changed', async () => {
    const path = '/swagger/swagger-ui.css';
    const { headers } = await send(base(), path);
    const tag = String(headers.etag);
    for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = await send(base(), path, { headers: { 'if-none-match': condition } });
      expect([answer.status, answer.text, answer.headers.etag]).to.deep.equal([304, '', tag]);
    }
    const other = await send(base(), path, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).to.equal(200);
  });

  it('is alive and ready', async () => {
    expect((await send(base(), '/healthz')).json).to.deep.equal({ status: 'ok' });
    expect((await send(base(), '/readyz')).json.status).to.equal('ready');
  });
});
