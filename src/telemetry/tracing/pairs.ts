const KEY = /^[\w.%!#$&'*+^`|~/-]+$/;

/** What a list `key=value,…` of OpenTelemetry says, percent-encoding undone; undefined if it is none. */
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
