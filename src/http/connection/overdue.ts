import { Failure } from '../../domain/failure.js';
import { problem } from '../answer.js';
import type { Connection, Overdue } from './connection.js';
import { serialize } from './serialize.js';

/**
 * Closes an overdue connection. A client with a slow body gets a 408, unless the client could read it as a part of another
 * answer.
 */
export function endOverdue({ socket, response }: Connection, why: Overdue): void {
  const isBody = why === 'body' || why === 'slow-body';
  // It may not answer while an earlier answer is being sent, or after a part of this one was sent.
  const mayAnswer = socket.writable && response?.socket === socket && !response.headersSent;
  if (!isBody || !mayAnswer) {
    socket.destroy();
    return;
  }
  // Handlers then read no more of the body; the close of the connection ends their wait.
  socket.pause();
  socket.end(serialize(TOO_SLOW, 'close'));
}

const TOO_SLOW = problem(new Failure('late', 'the body did not come fast enough'));
