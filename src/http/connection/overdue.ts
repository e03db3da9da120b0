import { Failure } from '../../domain/failure.js';
import { problem } from '../answer.js';
import type { Connection, Overdue } from './connection.js';
import { serialize } from './serialize.js';

/** Ends a connection that has taken too long. Its client is told where that can be taken for nothing else. */
export function endOverdue({ socket, response }: Connection, why: Overdue): void {
  const isBody = why === 'body' || why === 'slow-body';
  // Not while an earlier answer is still on its way, nor once a part of this one is.
  const mayAnswer = socket.writable && response?.socket === socket && !response.headersSent;
  if (!isBody || !mayAnswer) {
    socket.destroy();
    return;
  }
  // Whoever waits for more of the body is to wait until the connection is closed.
  socket.pause();
  socket.end(serialize(TOO_SLOW, 'close'));
}

const TOO_SLOW = problem(new Failure('late', 'the body did not come fast enough'));
