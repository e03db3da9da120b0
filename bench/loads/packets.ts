// Posts memberships on some connections, each with one request in flight, whose head and body come in one packet or
// in two, and prints how many were answered in a second. Parameters: port, connections, seconds, packets.
import { connect } from 'node:net';

const [port = 0, connections = 0, seconds = 0, packets = 0] = process.argv.slice(2).map(Number);

const body = Buffer.from('{"segment":"s1","user_id":"u104010"}');
const head = Buffer.from(
  `POST /segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
);
const pieces = packets === 1 ? [Buffer.concat([head, body])] : [head, body];
const accepted = Buffer.from('HTTP/1.1 202');

let answered = 0;
const start = performance.now();

for (let opened = 0; opened < connections; opened += 1) {
  // Room for one answer, used again for the next.
  const buffer = Buffer.alloc(4_096);
  const send = () => {
    for (const piece of pieces) socket.write(piece);
  };
  const onAnswer = () => {
    if (buffer.compare(accepted, 0, accepted.length, 0, accepted.length) !== 0)
      throw new Error(`not accepted: ${buffer.toString('latin1')}`);
    answered += 1;
    send();
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback: onAnswer } });
  socket.setNoDelay().once('connect', send);
  socket.once('close', () => {
    throw new Error('a connection was closed');
  });
}

setTimeout(() => {
  console.log(JSON.stringify({ perSecond: answered / ((performance.now() - start) / 1_000) }));
  process.exit();
}, seconds * 1_000);
