/** The error when something takes too long. */
export class TookTooLong extends Error {}

/**
 * Waits for a promise, but not for ever. The work behind the promise is not stopped.
 *
 * @throws TookTooLong if the promise does not settle in time
 */
export async function withTimeout<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong('it did not answer in time')), timeoutMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
