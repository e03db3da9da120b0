import { expect } from 'chai';
import { send } from '../support/http.js';
import { until } from '../support/until.js';
import { ask, type Held, type HoldOptions, hold } from './held.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

/** Connections that there may be; a quarter of them from one address. */
const MAX = atScale(40, 10_000);
const MAX_OF_ADDRESS = MAX / 4;

/** Six addresses together try to have more than there may be; each of them by itself, too. */
const ATTACKERS = Array.from({ length: 6 }, (_, index) => `127.0.1.${index + 1}`);
const NEIGHBOUR = '127.0.0.2';

const EVERY_MS = atScale(50, 1_000);

/** A bulk body that comes in pieces of so many bytes. */
function trickledBody(type: string, bytes: number): HoldOptions {
  return {
    bytes: `POST /segments HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 9999999\r\n\r\n`,
    more: { next: () => ' '.repeat(bytes), everyMs: EVERY_MS },
  };
}

/** Bytes of a body each time: faster than what counts as slow. */
const FAST = atScale(200, 2_000);

const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

/** Asks for something now and then, as a client does that keeps its connection. */
const asking: HoldOptions = {
  more: { next: () => 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', everyMs: EVERY_MS * 4 },
};

describe('clients with many connections', function () {
  this.timeout(atScale(20_000, 300_000));
  let es: AttackedEs;
  let held: Held[] = [];
  before(async () => {
    es = await startAttackedEs({
      ES_HTTP_MAX_CONNECTIONS: String(MAX),
      ES_HTTP_KEEP_ALIVE_TIMEOUT_MS: String(EVERY_MS * 20),
      ES_HTTP_BODY_GRACE_MS: String(EVERY_MS * 20),
      ES_HTTP_BODY_TIMEOUT_MS: String(EVERY_MS * 40),
    });
  });
  after(() => es.close());
  afterEach(async () => {
    for (const { release } of held) release();
    await Promise.all(held.map(({ closed }) => closed));
    held = [];
    await until(async () => (await closings()).size > 0);
  });

  /** Opens connections from addresses in turn; resolves when the service has seen more than it lets in. */
  async function attack(from: readonly string[], options: HoldOptions): Promise<void> {
    const address = (index: number) => from[index % from.length] as string;
    while (held.length < MAX * 1.2) {
      const one = hold(es.httpPort, { ...options, from: address(held.length) });
      held.push(one);
      // No more at a time than the system keeps until they are accepted.
      if (held.length % 100 === 0) await one.opened;
    }
    await until(async () => open() <= (from.length === 1 ? MAX_OF_ADDRESS : MAX));
  }
  const open = () => held.filter(({ isOpen }) => isOpen()).length;
  /** How many connections were closed for each reason. */
  async function closings(): Promise<Map<string, number>> {
    const { text } = await ask(es.base, '/metrics', NEIGHBOUR);
    const all = text.matchAll(
      /^segmentation_http_connections_closed_total\{reason="(\w+)"\} (\d+)$/gm,
    );
    return new Map([...all].map(([, reason = '', count]) => [reason, Number(count)]));
  }
  const isLetIn = async (from: string) => (await ask(es.base, '/healthz', from)).status === 200;

  it('have no more than their address may, and do not keep out others', async () => {
    await attack(['127.0.0.1'], trickledBody(NDJSON, FAST));
    for (const path of ['/healthz', '/readyz', '/segment/s']) {
      expect((await ask(es.base, path, NEIGHBOUR)).status, path).to.equal(200);
    }
    expect(open()).to.equal(MAX_OF_ADDRESS);
    expect((await closings()).get('too_many_of_address')).to.be.greaterThan(0);
    const reported = es.process
      .output()
      .match(/127\.0\.0\.1 has \d+ connections, as many as one .*more are closed as they come/g);
    expect(reported).to.have.length(1);
  });

  for (const [who, addresses, reason] of [
    ['one address', ATTACKERS.slice(0, 1), 'made_room_of_address'],
    ['many addresses', ATTACKERS, 'made_room'],
  ] as const) {
    it(`make room for others, and for a probe beside them, when they ask now and then from ${who}`, async () => {
      await attack(addresses, asking);
      await until(async () => {
        const letIn = await Promise.all([NEIGHBOUR, addresses[0] as string].map(isLetIn));
        return letIn.every(Boolean);
      });
      expect((await closings()).get(reason)).to.be.greaterThan(0);
      show(`${open()} of ${held.length} idle connections were open when others got in`);
    });
  }

  for (const type of [JSON_TYPE, NDJSON]) {
    it(`make room for others when they post ${type} slowly from many addresses`, async () => {
      await attack(ATTACKERS, trickledBody(type, atScale(10, 200)));
      await until(() => isLetIn(NEIGHBOUR));
      show(`${open()} of ${held.length} slow posts were open when others got in`);
    });

    it(`are cut, and told so, when ${type} comes too slowly`, async () => {
      await attack(['127.0.0.1'], trickledBody(type, atScale(1, 10)));
      await Promise.all(held.map(({ closed }) => closed));
      const reported = held.filter(({ text }) => text().startsWith('HTTP/1.1 408 '));
      show(`${reported.length} of ${held.length} slow posts were answered 408`);
      expect(reported.length).to.be.greaterThan(0);
      expect((await closings()).get('slow_body')).to.be.greaterThan(0);
    });
  }

  it('are cut when a body of limited size takes too long, and not when it is NDJSON', async () => {
    const endless = hold(es.httpPort, { ...trickledBody(NDJSON, FAST), from: NEIGHBOUR });
    const limited = hold(es.httpPort, { ...trickledBody(JSON_TYPE, FAST), from: NEIGHBOUR });
    held = [endless, limited];
    await limited.closed;
    expect(limited.text()).to.match(/^HTTP\/1\.1 408 /);
    expect((await closings()).get('body')).to.be.greaterThan(0);
    expect(endless.isOpen()).to.equal(true);
  });
});

describe('a client behind a slow service, or a proxy', function () {
  this.timeout(atScale(20_000, 300_000));
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({
      ES_HTTP_MAX_CONNECTIONS: String(MAX),
      ES_HTTP_IDLE_TIMEOUT_MS: '300',
      ES_HTTP_BODY_TIMEOUT_MS: '300',
      ES_HTTP_TRUSTED_PROXIES: '127.0.0.1',
      ES_REDIS_TIMEOUT_MS: '10000',
    });
  });
  after(() => es.close());

  it('is not cut for the time that the service takes', async () => {
    await es.redis.client.client('PAUSE', 1_500, 'ALL');
    const body = { segment: 'slow', user_id: 'u' };
    const [one, many] = await Promise.all([
      send(es.base, '/segment', { body }),
      send(es.base, '/segments', { body: [body] }),
    ]);
    expect([one.status, many.status]).to.deep.equal([202, 202]);
  });

  it('has any share of the connections where the proxy is trusted', async () => {
    const held = Array.from({ length: MAX / 2 }, () => hold(es.httpPort, asking));
    for (const path of ['/healthz', '/segment/slow']) {
      expect((await ask(es.base, path)).status, path).to.equal(200);
    }
    expect(held.filter(({ isOpen }) => isOpen()).length).to.equal(MAX / 2);
    for (const { release } of held) release();
    await Promise.all(held.map(({ closed }) => closed));
  });
});
