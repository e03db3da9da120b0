/** A server of Redis, as its URL describes it. */
export interface Node {
  host: string;
  port: number | undefined;
  /** The Unix socket, instead of host and port. */
  path: string | undefined;
  username: string;
  password: string;
  /** Undefined if the URL has no database, which means database 0. */
  database: number | undefined;
  overTls: boolean;
}

/**
 * The nodes of one URL, or of several that are separated by commas.
 *
 * @throws Error that says what is wrong, without any part of the URL
 */
export function parseNodes(urls: string): [Node, ...Node[]] {
  return urls.split(',').map(parseNode) as [Node, ...Node[]];
}

function parseNode(text: string): Node {
  const isWhole = /^(rediss?:\/\/[^/]|unix:\/\/\/.)/.test(text) && URL.canParse(text);
  if (!isWhole || /[\s\0]$/.test(text)) {
    throw new Error(
      'must be a URL such as redis://localhost:6379 or unix:///run/redis.sock; in a password % # ? / and , are %25 %23 %3F %2F and %2C',
    );
  }
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '') {
    throw new Error('must have neither ? nor #; in a password they are %3F and %23');
  }
  const isSocket = url.protocol === 'unix:';
  const node = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    path: isSocket ? decode(url.pathname) : undefined,
    username: decode(url.username),
    password: decode(url.password),
    database: isSocket ? undefined : parseDatabase(url.pathname.slice(1)),
    overTls: url.protocol === 'rediss:',
  };
  if (node.username !== '' && node.password === '') {
    throw new Error('must have a password where it has a user: redis://user:password@host');
  }
  return node;
}

function parseDatabase(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new Error('must have a whole number for its database: redis://host:6379/3');
  }
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('must have %25 for a % in a user, password or path');
  }
}

/**
 * Finds parts of the URLs of nodes that the mode of Redis would ignore.
 *
 * @returns the rule that the URLs break; undefined if nothing would be ignored
 */
export function flawOfNodes(
  mode: string,
  [first, ...others]: [Node, ...Node[]],
): string | undefined {
  if (mode === 'single') {
    return others.length === 0
      ? undefined
      : 'must be one URL unless Sentinels or a Cluster are named';
  }
  const nodes = [first, ...others];
  if (nodes.some(({ path }) => path !== undefined)) {
    return 'must be redis:// or rediss:// with Sentinels or a Cluster';
  }
  if (mode === 'cluster' && nodes.some(({ database = 0 }) => database !== 0)) {
    return 'must have no database other than 0: a Cluster has no other';
  }
  if (others.some(({ overTls }) => overTls !== first.overTls)) {
    return 'must be redis:// for all nodes, or rediss:// for all';
  }
  // A node without its own user, password or database is valid: the values of the first node count for all.
  const differs = others.some(
    ({ username, password, database }) =>
      (password !== '' && (password !== first.password || username !== first.username)) ||
      (database !== undefined && database !== (first.database ?? 0)),
  );
  return differs ? 'must have the same user, password and database for all nodes' : undefined;
}
