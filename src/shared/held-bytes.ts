/** Something that bytes are kept for while it is a client's turn. */
export interface Holder {
  /** How many; set by the budget alone, 0 at first. */
  heldBytes: number;
  /** Called when there are too many in all and it has to go. It holds none any more then. */
  giveUp(): void;
}

/** One budget of bytes for all that is kept for clients of a process. */
export interface HeldBytes {
  /** Says how many bytes a holder keeps now. Beyond the budget those that keep most give up, of alike ones the oldest. */
  hold(holder: Holder, bytes: number): void;
}

/** A class of size for each number of bits that a size of 32 bits may need. */
const SIZE_CLASSES = 33;

export function createHeldBytes(maxBytes: number): HeldBytes {
  // Those of a class differ by less than two times, so the largest is found without comparing all.
  const classes = Array.from({ length: SIZE_CLASSES }, () => new Set<Holder>());
  const classOf = (bytes: number) => classes[SIZE_CLASSES - 1 - Math.clz32(bytes)];
  let total = 0;

  const set = (holder: Holder, bytes: number) => {
    const [before, after] = [classOf(holder.heldBytes), classOf(bytes)];
    total += bytes - holder.heldBytes;
    holder.heldBytes = bytes;
    if (before !== after || bytes === 0) before?.delete(holder);
    if (bytes > 0) after?.add(holder);
  };

  return {
    hold(holder, bytes) {
      set(holder, bytes);
      while (total > maxBytes) {
        const largest = largestOf(classes);
        if (largest === undefined) return;
        set(largest, 0);
        largest.giveUp();
      }
    },
  };
}

function largestOf(classes: readonly Set<Holder>[]): Holder | undefined {
  for (let at = classes.length - 1; at > 0; at -= 1) {
    for (const oldest of classes[at] ?? []) return oldest;
  }
  return undefined;
}
