import { once } from 'node:events';
import { expect } from 'chai';
import { describeAttacked, statusesIn } from '../support/attacked-es.js';
import { send } from '../support/http.js';
import { openRaw } from '../support/raw.js';
import { until } from '../support/until.js';

describeAttacked('hostile clients', (attacked) => {
  it('cannot hold a connection by slow headers', async () => {
    expect(await attacked.answerTo('POST /segment HTTP/1.1\r\nHost: a\r\nX-Slow: ', true)).to.match(
      /^(HTTP\/1\.1 408 |$)/,
    );
  });

  it('cannot hold a connection by a slow body', async () => {
    const head = 'POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    expect(
      statusesIn(await attacked.answerTo(`${head}Content-Length: 100\r\n\r\n{"seg`, true)),
    ).to.satisfy((seen: string[]) => seen.every((status) => status !== '202'));
  });

  it('are refused headers that are too large', async () => {
    const large = `X-Large: ${'x'.repeat(1_000)}\r\n`.repeat(1_000);
    expect(
      statusesIn(
        await attacked.answerTo(`GET /segment/canary HTTP/1.1\r\nHost: a\r\n${large}\r\n`),
      ),
    ).to.deep.equal(['431']);
  });

  it('are told what is wrong, after what they are owed', async () => {
    const body = '{"segment":"canary","user_id":"u"}';
    const type = 'Content-Type: application/json\r\n';
    const post = `POST /segment HTTP/1.1\r\nHost: a\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
    for (const [bytes, expected] of [
      [`${post}no HTTP at all\r\n\r\n`, ['202', '400']],
      [`${post}${post}GET / HTTP/9.9\r\n\r\n`, ['202', '202', '505']],
      ['GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: more\r\nConnection: close\r\n\r\n', ['417']],
    ] as const) {
      const text = await attacked.answerTo(bytes, true);
      expect(statusesIn(text)).to.deep.equal(expected);
      expect(JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n')))).to.include.keys(
        'title',
        'detail',
      );
    }
  });

  it('leave nothing open when they go before they are answered', async () => {
    const openFiles = async () => {
      const { text } = await send(attacked.base, '/metrics');
      return Number(/^process_open_fds (\S+)/m.exec(text)?.[1]);
    };
    const before = await openFiles();
    const request = 'GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n';
    for (let client = 0; client < 3; client += 1) {
      const { socket, send: write, close } = await openRaw(attacked.port);
      write(request.repeat(300));
      await once(socket, 'data');
      close();
    }
    await until(async () => (await openFiles()) <= before);
  });
});
