import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';
import type { HttpRequest } from './route.js';

/** Finds where a request is from, as far as limits go: the IPv4 address, or the /64 network of an IPv6 one. */
export type ClientAddress = (request: HttpRequest) => string;

/**
 * @param trustedProxies addresses and networks (CIDR), separated by commas, whose `X-Forwarded-For` is
 *   believed; the nearest address that is not among them is the client's
 */
export function createClientAddress(trustedProxies: string): ClientAddress {
  const trust = proxyAddress.compile(listOf(trustedProxies));
  return ({ headers, peerAddress }) => {
    const peer = peerAddress() ?? '';
    if (headers['x-forwarded-for'] === undefined) return networkOf(peer);
    // All that it looks at.
    const request = {
      headers,
      socket: { remoteAddress: peer },
      connection: { remoteAddress: peer },
    };
    return networkOf(proxyAddress(request as unknown as IncomingMessage, trust));
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

function listOf(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
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
