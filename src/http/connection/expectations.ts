import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose clients wait to be told to go on with the body. */
const waiting = new WeakSet<IncomingMessage>();

/**
 * Tells a client to go on (100 Continue) once somebody reads its body, and not before: what is refused by its headers is
 * refused without it (RFC 9110, section 10.1.1). One without content is owed no 100; node:http would put it between the
 * headers and the bytes of a file that waits for an earlier answer.
 */
export function goOnWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (length === undefined && coding === undefined) return;
  waiting.add(request);
  const goOn = (event: string | symbol) => {
    if (event !== 'data' && event !== 'readable') return;
    request.off('newListener', goOn);
    waiting.delete(request);
    response.writeContinue();
  };
  request.on('newListener', goOn);
}

/** Whether the client of a request has not been told to go on. */
export function waitsToGoOn(request: IncomingMessage): boolean {
  return waiting.has(request);
}
