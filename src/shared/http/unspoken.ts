import type { IncomingMessage, RequestListener } from 'node:http';
import { Failure } from '../failure.js';
import { problem, send } from './answer.js';

/**
 * Has a listener see no request in a version or a transfer coding that is not spoken here (RFC 9112, sections 2.3
 * and 6.1). Where such a one ends is not known for sure, so the connection ends with its answer.
 */
export function refuseUnspoken(listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = refusalOf(request);
    // node:http passes over what follows the body of a request that it does not upgrade.
    if (refusal !== undefined || (request.headers.upgrade !== undefined && hasBody(request))) {
      response.setHeader('connection', 'close');
    }
    if (refusal === undefined) listener(request, response);
    else send(request, response, problem(refusal));
  };
}

function refusalOf(request: IncomingMessage): Failure | undefined {
  const { httpVersion, httpVersionMajor, headers } = request;
  if (httpVersionMajor !== 1) {
    return new Failure('version', 'the version must be HTTP/1.1 or HTTP/1.0');
  }
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersion === '1.0') {
    return new Failure('invalid', 'HTTP/1.0 has no Transfer-Encoding');
  }
  if (coding.toLowerCase() !== 'chunked') {
    return new Failure('not-implemented', 'Transfer-Encoding must be chunked');
  }
  return undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
