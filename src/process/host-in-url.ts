/** A host in the form of a URL: an IPv6 address is in brackets. */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
