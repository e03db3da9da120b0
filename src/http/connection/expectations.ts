import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose clients wait for 100 Continue before they send the body. */
const waiting = new WeakSet<IncomingMessage>();

/**
 * Sends 100 Continue when the handler starts to read the body, not before: a request that is refused because of its headers
 * is refused before it sends its body (RFC 9110, section 10.1.1). A request without content gets no 100: node:http would
 * put it between the headers and the bytes of a file that waits behind an earlier answer.
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (length === undefined && coding === undefined) return;
  waiting.add(request);
  const onListener = (event: string | symbol) => {
    if (event !== 'data' && event !== 'readable') return;
    request.off('newListener', onListener);
    waiting.delete(request);
    response.writeContinue();
  };
  request.on('newListener', onListener);
}

/** Whether the client of a request still waits for 100 Continue. */
export function awaitsContinue(request: IncomingMessage): boolean {
  return waiting.has(request);
}
