import type { Caller } from '../../auth/caller.js';
import { Failure, invalidField } from '../../domain/failure.js';
import { insteadOf, shownName } from '../../domain/nearest.js';

/** No query; never written to. */
export const NO_QUERY = new URLSearchParams();

/**
 * Reads the query of a request.
 *
 * @param search the query as it came, without the question mark
 * @param known the parameters that something reads
 * @throws Failure `invalid` for any other parameter, and where the query is not UTF-8
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

/** URLSearchParams would put U+FFFD in the place of what is not UTF-8. */
function checkEncoding(search: string): void {
  try {
    decodeURIComponent(search);
  } catch (cause) {
    throw new Failure('invalid', 'the query is not valid percent-encoded UTF-8', { cause });
  }
}

/**
 * Checks that a request whose route reads no body has none, since what it asks for would be ignored.
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
