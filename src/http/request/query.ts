import type { Caller } from '../../auth/caller.js';
import { Failure, invalidField } from '../../domain/failure.js';
import { insteadOf, shownName } from '../../domain/nearest.js';

/** An empty query; it is never changed. */
export const NO_QUERY = new URLSearchParams();

/**
 * Reads the query of a request.
 *
 * @param search the query as it arrived, without the question mark
 * @param known the parameters that the route reads
 * @throws Failure `invalid` for any other parameter, and if the query is not UTF-8
 */
export function readQuery(search: string, known: readonly string[]): URLSearchParams {
  if (search === '') return NO_QUERY;
  checkEncoding(search);
  const query = new URLSearchParams(search);
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    throw invalidField(
      shownName(name),
      known.length === 0
        ? 'is no query parameter here: there are none; what is asked goes into the path or the body'
        : `is no query parameter here; ${insteadOf(name, known)}`,
      'unknown_parameter',
    );
  }
  return query;
}

/** URLSearchParams would replace bytes that are not UTF-8 by U+FFFD. */
function checkEncoding(search: string): void {
  try {
    decodeURIComponent(search);
  } catch (cause) {
    throw new Failure('invalid', 'the query is not valid percent-encoded UTF-8', { cause });
  }
}

/**
 * Checks that a request has no body if its route reads no body, because the body would be ignored.
 *
 * @throws Failure `invalid`
 */
export function checkNoBody({
  method,
  headers,
}: {
  method: string;
  headers: Caller['headers'];
}): void {
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined)
    return;
  throw new Failure('invalid', `${method} takes no body here; what is asked goes into the URL`);
}
