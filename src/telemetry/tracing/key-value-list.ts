const KEY = /^[\w.%!#$&'*+^`|~/-]+$/;

/** The pairs in a list `key=value,…` of OpenTelemetry, percent-decoded; undefined if the text is not such a list. */
export function parsePairs(list: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of list.split(',').filter((one) => one.trim() !== '')) {
    const at = part.indexOf('=');
    const [key, value] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
    if (!KEY.test(key) || value.includes(';')) return undefined;
    try {
      pairs[decodeURIComponent(key)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return pairs;
}
