// Posts memberships at a rate that does not depend on the answers, as many independent users do, and prints
// what came of it as JSON. Parameters: port, rate in requests/s, seconds, most connections.
import { connect, type Socket } from 'node:net';

/** What became of the requests; the answers by status. */
export interface OpenLoopResult {
  /** What was to be sent. */
  offered: number;
  sent: number;
  answers: Record<string, number>;
  /** Requests given up because no answer came in time. */
  timeouts: number;
  /** Connections that ended or could not be made. */
  errors: number;
}

const TIMEOUT_MS = 5_000;
const SEGMENTS = 50;

const [port = 0, rate = 0, seconds = 0, maxConnections = 0] = process.argv.slice(2).map(Number);
const result: OpenLoopResult = { offered: 0, sent: 0, answers: {}, timeouts: 0, errors: 0 };
const idle: Connection[] = [];
const busy = new Set<Connection>();
let connections = 0;

interface Connection {
  socket: Socket;
  sentAt: number;
}

const started = performance.now();
const timer = setInterval(() => {
  const elapsed = performance.now() - started;
  if (elapsed > seconds * 1_000) {
    clearInterval(timer);
    console.log(JSON.stringify(result));
    process.exit();
  }
  const due = Math.floor((rate * elapsed) / 1_000);
  for (; result.offered < due; result.offered += 1) {
    const connection = idle.pop();
    if (connection !== undefined) send(connection);
    else if (connections < maxConnections) open();
    else {
      // As many users as there can be are waiting; the rest do not even get in.
      result.offered = due;
      break;
    }
  }
  giveUpLate();
}, 1);

/** The oldest are first in a Set. */
function giveUpLate(): void {
  const limit = performance.now() - TIMEOUT_MS;
  for (const connection of busy) {
    if (connection.sentAt > limit) return;
    result.timeouts += 1;
    connection.socket.destroy();
  }
}

function open(): void {
  connections += 1;
  const socket = connect(port, '127.0.0.1').setNoDelay();
  const connection = { socket, sentAt: 0 };
  socket.once('connect', () => send(connection));
  socket.on('data', (bytes: Buffer) => {
    const status = bytes.toString('latin1', 9, 12);
    result.answers[status] = (result.answers[status] ?? 0) + 1;
    busy.delete(connection);
    idle.push(connection);
  });
  socket.on('error', () => {
    result.errors += 1;
  });
  socket.on('close', () => {
    connections -= 1;
    busy.delete(connection);
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
  });
}

function send(connection: Connection): void {
  connection.sentAt = performance.now();
  busy.add(connection);
  result.sent += 1;
  const body = `{"segment":"segment-${result.sent % SEGMENTS}","user_id":"user-${Math.floor(Math.random() * 1e6)}"}`;
  connection.socket.write(
    `POST /segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
