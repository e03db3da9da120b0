import { createSizes, type Sizes } from './sizes.js';

/** Something that bytes are kept for while it is a client's turn. */
export interface Holder {
  /** The name of its client. Asked for once it holds anything, and the same until it holds nothing. */
  readonly client: string;
  /** How many; set by the budget alone, 0 at first. */
  heldBytes: number;
  /** Called when there are too many in all and it has to go. It holds none any more then. */
  giveUp(): void;
}

/** One budget of bytes for all that is kept for clients of a process. */
export interface HeldBytes {
  /**
   * Says how many bytes a holder keeps now. Beyond the budget the client that has most in all, but for a factor of two, gives up
   * what keeps most, of alike ones the oldest: whoever has little is not to pay for who has much in small pieces.
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
