import { isIP, isIPv6 } from 'node:net';
import type { Access } from '../auth/access.js';
import { listOf } from '../config/config.js';
import { Failure } from '../domain/failure.js';
import type { HttpRequest } from './route.js';
import type { Endpoint } from './router.js';

/**
 * Lets a request in by the name that its client knows us by, or not: the one check of every route.
 *
 * @throws Failure `misdirected` or `forbidden`
 */
export type HostCheck = (endpoint: Pick<Endpoint, 'anyHost'>, request: HttpRequest) => void;

/** Any port of a name that is allowed without one, and any name. */
const ANY = '*';

/**
 * Keeps pages of other sites out where nobody has to say who they are. A browser lets a page talk to its own site
 * alone, but whoever owns the name of a site may have it lead to us (DNS rebinding); then `Host` is that name. Names
 * that nobody can own, and those that are allowed, are let in. With authentication there is no check: a
 * browser shows no credential of ours by itself, and a page cannot know one.
 *
 * @param access the mode of authentication, and what the service's variables begin with
 * @param allowedHosts more names, with or without a port, separated by commas; `*` allows any
 */
export function createHostCheck(
  { mode, prefix }: Pick<Access, 'mode' | 'prefix'>,
  allowedHosts: string,
): HostCheck {
  const allowed = new Set(listOf(allowedHosts.toLowerCase()));
  if (mode !== 'none' || allowed.has(ANY)) return () => {};
  const isAllowed = (authority: string) => allowed.has(authority) || allowed.has(nameOf(authority));
  // Nearly always that of the request before.
  let accepted: string | undefined;
  return ({ anyHost }, { headers }) => {
    if (anyHost) return;
    // Only HTTP/1.0 lets a request come without one, and no browser sends that.
    const { host = '', origin } = headers as Record<string, string | undefined>;
    if (host !== accepted) {
      const authority = host.toLowerCase();
      if (!isOwnerless(nameOf(authority)) && !isAllowed(authority)) throw misdirected(prefix);
      accepted = host;
    }
    if (origin === undefined) return;
    const from = authorityOf(origin);
    if (from === undefined || (from !== host.toLowerCase() && !isAllowed(from))) {
      throw foreign(prefix);
    }
  };
}

/** @throws Error for what is no list of names */
export function checkAllowedHosts(value: string): void {
  const isName = (host: string) => host === ANY || /^[a-z\d][\w.-]*(:\d{1,5})?$/.test(host);
  if (!listOf(value.toLowerCase()).every(isName)) throw new Error('not a list of names');
}

/** Whether no stranger can have a name lead to us: an address, this machine, or a name of a private network. */
function isOwnerless(name: string): boolean {
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
  return !name.includes('.') || name.endsWith('.localhost') || isIP(name) === 4;
}

/** What stands before the port. */
function nameOf(authority: string): string {
  return authority.replace(/:\d*$/, '');
}

/** What follows the scheme of an origin; undefined for `null`, which any page may say it is of. */
function authorityOf(origin: string): string | undefined {
  const scheme = origin.indexOf('://');
  return scheme < 0 ? undefined : origin.slice(scheme + 3).toLowerCase();
}

function misdirected(prefix: string): Failure {
  return new Failure(
    'misdirected',
    `Host must be an IP address, localhost, a name without dots, or one of ${prefix}_HTTP_ALLOWED_HOSTS, as long as there is no authentication`,
  );
}

function foreign(prefix: string): Failure {
  return new Failure(
    'forbidden',
    `Origin must be that of Host, or one of ${prefix}_HTTP_ALLOWED_HOSTS, as long as there is no authentication`,
  );
}
