/** What the test that runs waits for now. */
const waiting = new Map<symbol, string>();

/** Waits for something; if the test is over before, its failure says what. */
export async function waitingFor<Value>(what: string, done: PromiseLike<Value>): Promise<Value> {
  const key = Symbol(what);
  waiting.set(key, what);
  try {
    return await done;
  } finally {
    waiting.delete(key);
  }
}

/** What is waited for, and forgets it. */
export function takeWaiting(): string[] {
  const all = [...waiting.values()];
  waiting.clear();
  return all;
}
