import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { createAnswerWriter, type WriteAnswer } from '../../src/es/grpc/answer-writer.js';
import { framed } from '../support/http2-calls.js';

const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };
const TRAILERS = { 'grpc-status': 0, 'grpc-message': 'OK' };
const FRAME = framed(Buffer.from('abc'));

/** A stream as a Node.js would make it that keeps its parts elsewhere. */
const builtInAnotherWay = (stream: ServerHttp2Stream) =>
  new Proxy(stream, { ownKeys: () => [] }) as ServerHttp2Stream;

/** The fields, without what node:http2 notes beside them. */
const withoutSymbols = (fields: object) => Object.fromEntries(Object.entries(fields));

describe('The writer of answers', () => {
  let server: Http2Server;
  let write: WriteAnswer;
  let seen: (stream: ServerHttp2Stream) => ServerHttp2Stream;
  let told: number;
  let nowMs: number;
  /** What node:http2 itself wrote. */
  let byNode: string[];

  beforeEach(async () => {
    told = 0;
    nowMs = 1_000;
    byNode = [];
    seen = (stream) => stream;
    write = createAnswerWriter(HEADERS, TRAILERS, () => nowMs);
    server = createServer();
    server.on('stream', (stream) => {
      const { respond, sendTrailers } = stream;
      stream.respond = (...args) => {
        byNode.push('headers');
        respond.apply(stream, args);
      };
      stream.sendTrailers = (trailers) => {
        byNode.push('trailers');
        sendTrailers.call(stream, trailers);
      };
      stream.resume();
      stream.on('end', () => {
        write(seen(stream), FRAME, () => {
          told += 1;
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  const call = async () => {
    const { port } = server.address() as AddressInfo;
    const session = connect('http://127.0.0.1', { createConnection: () => connectTcp(port) });
    const stream = session.request({ ':method': 'POST' });
    const answer = {};
    stream.on('response', ({ date, ...headers }) => {
      expect(Date.parse(date ?? '')).to.be.greaterThan(0);
      Object.assign(answer, withoutSymbols(headers));
    });
    stream.on('trailers', (trailers) => {
      Object.assign(answer, withoutSymbols(trailers));
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.end('x');
    await once(stream, 'close');
    session.destroy();
    return { ...answer, body: Buffer.concat(chunks).toString('latin1'), rst: stream.rstCode };
  };
  const ANSWER = {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': '0',
    'grpc-message': 'OK',
    body: FRAME.toString('latin1'),
    rst: 0,
  };

  it('gives what node:http2 made once to all answers of a second', async () => {
    const answers = [await call(), await call(), await call()];
    expect(answers).to.deep.equal(Array(3).fill(ANSWER));
    expect(byNode).to.deep.equal(['headers', 'trailers']);
    expect(told).to.equal(3);
  });

  it('has node:http2 write the headers of each second, which have its date', async () => {
    for (nowMs of [1_000, 1_999, 2_000, 2_500, 1_500]) {
      expect(await call()).to.deep.equal(ANSWER);
    }
    expect(byNode).to.deep.equal(['headers', 'trailers', 'headers', 'headers']);
  });

  it('leaves all answers to a node:http2 that is built in another way', async () => {
    seen = builtInAnotherWay;
    expect([await call(), await call()]).to.deep.equal(Array(2).fill(ANSWER));
    expect(byNode).to.deep.equal(['headers', 'trailers', 'headers', 'trailers']);
    expect(told).to.equal(2);
  });
});
