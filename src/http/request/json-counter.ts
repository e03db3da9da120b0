import { Failure } from '../../domain/failure.js';

/** Limits of a JSON body. */
export interface JsonLimits {
  /** Maximum of bytes, after unzipping. */
  bytes: number;
  /**
   * Maximum of values in total, at any depth. An empty array or object counts as two.
   *
   * @default no limit other than the limit of bytes
   */
  values?: number;
  /**
   * Maximum of entries, if the body is an array.
   *
   * @default no limit
   */
  entries?: number;
  /** A hint for a client that sends too many: which request accepts more. */
  instead?: string;
}

/** Maximum of levels of arrays and objects, if values are counted. */
export const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Counts the values of a JSON text while its bytes arrive, before a parser spends time and memory on each value. It does
 * not check that the text is JSON; in every JSON text there is one value for each comma and each opening bracket.
 *
 * @returns a function that takes the next bytes, and throws Failure `too-large` or `invalid` as soon as a limit is exceeded
 */
export function createJsonCounter(limits: Omit<JsonLimits, 'bytes'>): (bytes: Uint8Array) => void {
  const tally = createTally(limits);
  let inString = false;
  let escaped = false;

  /** The index at which the current string or the bytes end. */
  const skipString = (bytes: Uint8Array, from: number): number => {
    let at = from;
    for (; at < bytes.length; at += 1) {
      if (escaped) escaped = false;
      else if (bytes[at] === BACKSLASH) escaped = true;
      else if (bytes[at] === QUOTE) {
        inString = false;
        break;
      }
    }
    return at;
  };

  return (bytes) => {
    for (let at = 0; at < bytes.length; at += 1) {
      if (inString) {
        at = skipString(bytes, at);
        continue;
      }
      const byte = bytes[at] as number;
      if (byte === QUOTE) inString = true;
      else if (byte === COMMA) tally.separate();
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) tally.open(byte === OPEN_ARRAY);
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) tally.close();
    }
  };
}

function createTally({
  values = Number.POSITIVE_INFINITY,
  entries = Number.POSITIVE_INFINITY,
  instead,
}: Omit<JsonLimits, 'bytes'>) {
  let depth = 0;
  let isArray = false;
  let seenValues = 0;
  let seenEntries = 1;

  const tooMany = (what: string) =>
    new Failure('too-large', `the ${what}${instead === undefined ? '' : `; ${instead}`}`);
  const countValue = () => {
    seenValues += 1;
    if (seenValues > values) throw tooMany(`body must have at most ${values} values`);
  };
  return {
    open(array: boolean) {
      if (depth === 0) isArray = array;
      depth += 1;
      if (depth > MAX_DEPTH) {
        throw new Failure('invalid', `the JSON must be at most ${MAX_DEPTH} levels deep`, {
          code: 'invalid_json',
        });
      }
      countValue();
    },
    close() {
      depth -= 1;
    },
    separate() {
      countValue();
      if (depth !== 1 || !isArray) return;
      seenEntries += 1;
      if (seenEntries > entries) throw tooMany(`array must have at most ${entries} entries`);
    },
  };
}
