import { createSizes, type Sizes } from './size-classes.js';

/** Something for which bytes are kept while it waits for its client. */
export interface Holder {
  /** The name of its client. It must not change while the holder holds bytes. */
  readonly client: string;
  /** How many bytes it holds. 0 at first; only the budget sets it. */
  heldBytes: number;
  /** Called when the budget is exceeded and this holder has to free its bytes. `heldBytes` is 0 by then. */
  giveUp(): void;
}

/** One budget of bytes for everything that a process keeps for its clients. */
export interface HeldBytes {
  /**
   * Sets how many bytes a holder keeps now. If the budget is exceeded, the client that holds most bytes (within a factor of
   * two) loses its largest holder; of several equally large ones, the oldest. So a client with few bytes does not pay for
   * one with many small holders.
   */
  hold(holder: Holder, bytes: number): void;
}

interface Client {
  readonly name: string;
  readonly holders: Sizes<Holder>;
  bytes: number;
}

export function createHeldBytes(maxBytes: number): HeldBytes {
  const byName = new Map<string, Client>();
  const clients = createSizes<Client>();
  let total = 0;

  const clientOf = (name: string): Client => {
    let client = byName.get(name);
    if (client === undefined) {
      client = { name, holders: createSizes(), bytes: 0 };
      byName.set(name, client);
    }
    return client;
  };
  const set = (holder: Holder, bytes: number) => {
    const { heldBytes } = holder;
    if (heldBytes === bytes) return;
    const client = clientOf(holder.client);
    const sum = client.bytes + bytes - heldBytes;
    client.holders.move(holder, heldBytes, bytes);
    clients.move(client, client.bytes, sum);
    holder.heldBytes = bytes;
    client.bytes = sum;
    total += bytes - heldBytes;
    if (sum === 0) byName.delete(client.name);
  };

  return {
    hold(holder, bytes) {
      set(holder, bytes);
      while (total > maxBytes) {
        const largest = clients.largest()?.holders.largest();
        if (largest === undefined) return;
        set(largest, 0);
        largest.giveUp();
      }
    },
  };
}
