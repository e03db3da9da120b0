import { isIP, isIPv6 } from 'node:net';
import type { Access } from '../auth/access.js';
import { listOf } from '../config/config.js';
import { Failure } from '../domain/failure.js';
import type { HttpRequest } from './route.js';
import type { Endpoint } from './router.js';

/**
 * Accepts or refuses a request by its Host and Origin headers. This is the only such check for all routes.
 *
 * @throws Failure `misdirected` or `forbidden`
 */
export type HostCheck = (endpoint: Pick<Endpoint, 'anyHost'>, request: HttpRequest) => void;

/** Allows every name. */
const ANY = '*';

/**
 * Keeps out web pages of other sites if there is no authentication. A browser lets a page talk only to its own site, but
 * the owner of that site's name may point the name at us (DNS rebinding); `Host` then has that name. So the check accepts
 * only names that no stranger can own, and the allowed names. With authentication there is no check: a browser does not
 * send our credentials by itself, and a page of another site does not know any.
 *
 * @param access the mode of authentication, and the prefix of the service's environment variables
 * @param allowedHosts further names, with or without a port, separated by commas; `*` allows any
 */
export function createHostCheck(
  { mode, prefix }: Pick<Access, 'mode' | 'prefix'>,
  allowedHosts: string,
): HostCheck {
  const allowed = new Set(listOf(allowedHosts.toLowerCase()));
  if (mode !== 'none' || allowed.has(ANY)) return () => {};
  const isAllowed = (authority: string) => allowed.has(authority) || allowed.has(nameOf(authority));
  // The last accepted name; nearly every request has the same name.
  let accepted: string | undefined;
  return ({ anyHost }, { headers }) => {
    if (anyHost) return;
    // Only HTTP/1.0 allows a request without Host, and no browser speaks HTTP/1.0.
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

/** @throws Error if the value is not a list of names */
export function checkAllowedHosts(value: string): void {
  const isName = (host: string) => host === ANY || /^[a-z\d][\w.-]*(:\d{1,5})?$/.test(host);
  if (!listOf(value.toLowerCase()).every(isName)) throw new Error('not a list of names');
}

/**
 * Whether no stranger can own a name and point it at us. Such names are an address, this machine, and a name of a private
 * network.
 */
function isOwnerless(name: string): boolean {
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
  return !name.includes('.') || name.endsWith('.localhost') || isIP(name) === 4;
}

/** A host without its port. */
function nameOf(authority: string): string {
  return authority.replace(/:\d*$/, '');
}

/** The host and port of an origin; undefined for `null`, which any page can send. */
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
