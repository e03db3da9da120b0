import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';
import type { Peer } from '../auth/caller.js';
import { listOf } from '../config/config.js';

/** Finds the address that a request counts for: an IPv4 address, or the /64 network of an IPv6 address. */
export type ClientAddress = (peer: Peer) => string;

/**
 * @param trustedProxies addresses and networks (CIDR), separated by commas, whose `X-Forwarded-For` is
 *   believed. The client is the nearest address that is not among them. If a trusted proxy sends no valid address,
 *   its own address is used.
 */
export function createClientAddress(trustedProxies: string): ClientAddress {
  const isTrusted = createTrust(trustedProxies);
  return ({ headers, peerAddress }) => {
    let nearest = parseAddress(peerAddress() ?? '') ?? '';
    const forwarded = headers['x-forwarded-for'];
    if (forwarded === undefined) return networkOf(nearest);
    const hops = String(forwarded).split(',');
    for (let at = hops.length - 1; at >= 0 && isTrusted(nearest); at -= 1) {
      const before = parseAddress((hops[at] as string).trim());
      if (before === undefined) break;
      nearest = before;
    }
    return networkOf(nearest);
  };
}

/** @returns whether an address belongs to a trusted proxy */
export function createTrust(trustedProxies: string): (address: string) => boolean {
  const trust = proxyAddress.compile(listOf(trustedProxies));
  return (address) => trust(address, 0);
}

/** @throws TypeError if a value is neither an address nor a network */
export function checkTrustedProxies(value: string): void {
  proxyAddress.compile(listOf(value));
}

/** An address, in brackets or not, with the port that some proxies add. */
const WITH_PORT = /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15}))(?::\d{1,5})?$/i;

/** The normal form of an address as proxies and sockets write it; undefined if it is not an address. */
function parseAddress(written: string): string | undefined {
  const [, bracketed, plain] = WITH_PORT.exec(written) ?? [];
  const address = bracketed ?? plain ?? written;
  // ipaddr.js alone would also accept parts in octal or hexadecimal.
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

/** The address that limits count for: the /64 network for IPv6, because an IPv6 client has all addresses of its /64. */
export function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':');
}
