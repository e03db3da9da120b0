import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';
import type { Peer } from '../auth/caller.js';
import { listOf } from '../config/config.js';

/** Finds where a request is from, as far as limits go: the IPv4 address, or the /64 network of an IPv6 one. */
export type ClientAddress = (peer: Peer) => string;

/**
 * @param trustedProxies addresses and networks (CIDR), separated by commas, whose `X-Forwarded-For` is
 *   believed; the nearest address that is not among them is the client's. Where one of them tells what is no address, its
 *   own stands for its clients.
 */
export function createClientAddress(trustedProxies: string): ClientAddress {
  const isTrusted = createTrust(trustedProxies);
  return ({ headers, peerAddress }) => {
    let nearest = parseAddress(peerAddress() ?? '') ?? '';
    const forwarded = headers['x-forwarded-for'];
    if (forwarded === undefined) return networkOf(nearest);
    const told = String(forwarded).split(',');
    for (let at = told.length - 1; at >= 0 && isTrusted(nearest); at -= 1) {
      const before = parseAddress((told[at] as string).trim());
      if (before === undefined) break;
      nearest = before;
    }
    return networkOf(nearest);
  };
}

/** Tells the addresses of trusted proxies from others. */
export function createTrust(trustedProxies: string): (address: string) => boolean {
  const trust = proxyAddress.compile(listOf(trustedProxies));
  return (address) => trust(address, 0);
}

/** @throws TypeError for what is no address and no network */
export function checkTrustedProxies(value: string): void {
  proxyAddress.compile(listOf(value));
}

/** An address in brackets or not, and the port that some proxies put behind it. */
const WITH_PORT = /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15}))(?::\d{1,5})?$/i;

/** The address in what a proxy or a socket tells, in its one form; undefined where that is none. */
function parseAddress(told: string): string | undefined {
  const [, bracketed, plain] = WITH_PORT.exec(told) ?? [];
  const address = bracketed ?? plain ?? told;
  // Strictly: ipaddr.js takes octal and hexadecimal numbers for parts of an address as well.
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

/** An address as far as limits go: whoever has one of IPv6 has as many as there are in a /64. */
export function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':');
}
