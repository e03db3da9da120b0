/** A number in the reply of INFO; 0 if the field is missing. */
export function numberIn(info: string, field: string): number {
  return Number.parseInt(info.split(`\n${field}:`)[1] ?? '0', 10);
}

/** To be passed to `catch`: if the Redis user may not read a reply, the reply is empty. @throws any other error */
export function unlessForbidden(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}
