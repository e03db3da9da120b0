import type { IncomingMessage, RequestListener } from 'node:http';
import { Failure, invalidField } from '../../domain/failure.js';
import { problem, send } from '../answer.js';
import { isHost } from './plain-request.js';

/**
 * Refuses requests before they reach the listener if their version or transfer coding is not supported, or if they do not
 * have exactly one valid Host (RFC 9112, sections 2.3, 3.2 and 6.1). Then the connection is closed, because nobody knows
 * for sure where such a request ends. A target with a fragment is refused, and the connection kept.
 */
export function refuseUnsupported(listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = refusalOf(request);
    // node:http ignores the bytes after the body of a request that it does not upgrade.
    if (refusal !== undefined || (request.headers.upgrade !== undefined && hasBody(request))) {
      response.setHeader('connection', 'close');
    }
    if (refusal !== undefined) send(request, response, problem(refusal));
    else if (request.url?.includes('#')) send(request, response, problem(fragment()));
    else listener(request, response);
  };
}

function refusalOf(request: IncomingMessage): Failure | undefined {
  const { httpVersion, httpVersionMajor, headers } = request;
  if (httpVersionMajor !== 1) {
    return new Failure('version', 'the version must be HTTP/1.1 or HTTP/1.0');
  }
  if (countHosts(request) > 1) return badHost('must be given once');
  if (headers.host === undefined) {
    if (httpVersion !== '1.0') return badHost('is missing, which HTTP/1.1 asks for');
  } else if (!isHost(headers.host)) {
    return badHost('must be a name or an address, with or without a port');
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

/** Reads the raw headers: if there are several, node:http keeps only the first. */
function countHosts({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Routers cut off a fragment, and would answer for another segment (RFC 9112, section 3.2: a target has none). */
function fragment(): Failure {
  return new Failure('invalid', 'the path must not contain #; in a name # is written %23');
}

function badHost(rule: string): Failure {
  return invalidField('Host', rule);
}
