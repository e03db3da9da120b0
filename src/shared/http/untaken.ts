import type { Socket } from 'node:net';
import { shareOfHeap } from '../heap.js';
import { createHeldBytes, type Holder } from '../held-bytes.js';

/** What is written to all connections of this process and not taken by their clients. */
const held = createHeldBytes(shareOfHeap());

const holders = new WeakMap<Socket, Untaken>();

interface Untaken extends Holder {
  note(): void;
}

/**
 * Counts what a connection leaves untaken among that of all.
 *
 * @param onTooMuch told once it leaves the most while all together leave too much
 */
export function limitUntaken(socket: Socket, onTooMuch: () => void): void {
  let noted = 0;
  const holder: Untaken = {
    heldBytes: 0,
    note() {
      noted = socket.writableLength;
      held.hold(holder, noted);
    },
    giveUp() {
      // Nothing tells of what was taken since it was noted.
      if (socket.writableLength < noted) holder.note();
      else onTooMuch();
    },
  };
  holders.set(socket, holder);
  socket.once('close', () => held.hold(holder, 0));
}

/** To be called when an answer, or a part of one, was written to a connection. */
export function noteUntaken(socket: Socket): void {
  if (socket.writableLength > 0) holders.get(socket)?.note();
}
