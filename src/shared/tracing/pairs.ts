const PAIR = /^\s*([\w.%!#$&'*+^`|~/-]+)\s*=\s*([^;]*?)\s*$/;

/** What a list `key=value,…` of OpenTelemetry says, percent-encoding undone; undefined if it is none. */
export function parsePairs(list: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of list.split(',').filter((one) => one.trim() !== '')) {
    const [, key, value] = PAIR.exec(part) ?? [];
    if (key === undefined || value === undefined) return undefined;
    try {
      pairs[decodeURIComponent(key)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return pairs;
}
