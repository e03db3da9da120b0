/** Whether only the same machine can reach an interface. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127\.|^\[?::1\]?$/.test(host);
}

/** The interfaces that other machines may reach. */
export function exposedOf(hosts: readonly string[]): string[] {
  return hosts.filter((host) => !isLoopback(host));
}
