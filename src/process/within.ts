/** Something took longer than it may. */
export class TookTooLong extends Error {}

/** @throws TookTooLong when a promise does not settle in time; it goes on all the same */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong('it did not answer in time')), timeoutMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
