import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { until } from '../support/until.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const OPEN = 'process_open_fds';
const CUT = 'segmentation_http_connections_closed_total{reason="answer"}';

/** What a client sends behind a request whose answer takes long. */
const BEHIND = {
  nothing: '',
  'half a request': 'GET /hea',
  'another request': 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'more than is read at once': 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5_000),
};

describe('Clients that end their side while their answer is worked on', () => {
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({
      ES_HTTP_BODY_TIMEOUT_MS: '500',
      ES_REDIS_TIMEOUT_MS: '60000',
    });
  });
  after(() => es.close());
  afterEach(() => es.redis.signal('SIGCONT'));

  /** Asks for what Redis does not answer meanwhile, and ends its side. */
  async function ask(version: string, behind: string) {
    es.redis.signal('SIGSTOP');
    const request = `GET /segment/a/history HTTP/${version}\r\nHost: a\r\n\r\n`;
    const socket = connect({ port: es.httpPort, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.end(request + behind);
    await once(socket, 'finish');
    return socket;
  }

  for (const version of ['1.0', '1.1']) {
    for (const [what, behind] of Object.entries(BEHIND)) {
      it(`and are gone have no connection any more: HTTP/${version}, ${what} behind it`, async () => {
        const before = await metric(OPEN);
        const socket = await ask(version, behind);
        await until(async () => (await metric(OPEN)) > before);
        socket.destroy();
        await until(async () => (await metric(OPEN)) <= before);
      });
    }
  }

  it('and are there are answered by HTTP/1.1, however long that takes', async () => {
    const socket = await ask('1.1', '');
    let text = '';
    socket.setEncoding('latin1').on('data', (part) => {
      text += part;
    });
    // It is asked whether it is there for longer than an answer may take to be taken.
    await until(async () => text.split('100 Continue').length > 3);
    es.redis.signal('SIGCONT');
    await once(socket, 'close');
    expect(text).to.match(/HTTP\/1\.1 200 /);
  });

  it('and cannot be asked whether they are there are cut, by HTTP/1.0', async () => {
    const before = await metric(CUT);
    const socket = await ask('1.0', '');
    socket.resume();
    await once(socket, 'close');
    expect(await metric(CUT)).to.equal(before + 1);
  });

  async function metric(name: string): Promise<number> {
    const response = await fetch(`${es.base}/metrics`, { headers: { connection: 'close' } });
    const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1));
  }
});
