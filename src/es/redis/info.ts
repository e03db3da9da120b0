/** A number in what INFO answers; 0 where there is none of that name. */
export function numberIn(info: string, field: string): number {
  return Number.parseInt(info.split(`\n${field}:`)[1] ?? '0', 10);
}

/** A user of Redis that may not ask does without. */
export function unlessForbidden(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}
