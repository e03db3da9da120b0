import { readFileSync } from 'node:fs';
import { isScope, type Need } from '../../src/auth/scope.js';

/** A route that the documentation names, and what it says that route asks of its client. */
interface Documented {
  method: string;
  /** As routes write it; a `*` at its end stands for anything. */
  path: string;
  /** Unless the setting says something else. */
  needs: Need;
  /** The setting that says so, after `*_AUTH_`; none for most. */
  setting: string | undefined;
}

/** The table in "Who may do what" of docs/operations.md: the one list of what each route asks for. */
const TABLE: readonly Documented[] = readTable();

function readTable(): Documented[] {
  const text = readFileSync('docs/operations.md', 'utf8');
  const section = text.slice(text.indexOf('\n## Who may do what'));
  const rows = section
    .slice(0, section.indexOf('\n**API keys.**'))
    .matchAll(/^\| (.*) \| (.*) \|$/gm);
  return [...rows].flatMap(([, what = '', asked = '']) =>
    [...what.matchAll(/`([A-Z]+) (\/[^`]*)`/g)].map(([, method = '', path = '']) => ({
      method,
      path,
      needs: toNeed(asked),
      setting: /`\*_AUTH_(\w+)`/.exec(asked)?.[1],
    })),
  );
}

function toNeed(text: string): Need {
  const word = /^`?([\w:]+)/.exec(text)?.[1];
  if (isScope(word)) return word;
  if (word === 'nothing') return 'open';
  throw new Error(`what asks for ${text}?`);
}

/**
 * What the documentation says that a route asks for.
 *
 * @param path as routes write it: `/segment/:segment`
 * @param settings what `*_AUTH_DOCS` and `*_AUTH_METRICS` are, by the end of their names. @default their own defaults
 * @throws Error unless just one row names the route
 */
export function documentedNeed(
  method: string,
  path: string,
  settings: Readonly<Record<string, Need>> = {},
): Need {
  const rows = TABLE.filter((row) => row.method === method && matches(row.path, path));
  const [row, ...others] = rows;
  if (row === undefined || others.length > 0) {
    throw new Error(`docs/operations.md names ${method} ${path} ${rows.length} times`);
  }
  return settings[row.setting ?? ''] ?? row.needs;
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** What the documentation names although none of these routes is it. */
export function unservedBy(routes: readonly { method: string; path: string }[]): string[] {
  return TABLE.filter(
    (row) => !routes.some(({ method, path }) => row.method === method && matches(row.path, path)),
  ).map(({ method, path }) => `${method} ${path}`);
}
