/**
 * Refuses a URL of the command line that has a user or a password, which everybody on this machine may read there (`ps`).
 *
 * @param option what the URL was given by
 * @param remedy what to do instead
 * @throws Error that names the option and the remedy, and nothing of the URL
 */
export function refusePassword(option: string, url: string, remedy: string): void {
  if (!url.includes('@')) return;
  throw new Error(`${option} may have no password, as others can read a command line; ${remedy}`);
}
