import type { Socket } from 'node:net';
import { shareOfHeap } from '../../limits/heap.js';
import { createHeldBytes, type Holder } from '../../limits/held-bytes.js';

/** What is written to all connections of this process and not taken by their clients. */
const held = createHeldBytes(shareOfHeap());

const holders = new Map<Socket, Untaken>();

interface Untaken extends Holder {
  /** Looks how much there is now. */
  note(): void;
}

/** Whether all were looked at in this turn of the event loop: in it nobody can have taken anything since. */
let isLooked = false;

/** What was taken since it was noted is told by nothing, so before anything is closed all are looked at. */
function lookAtAll(): void {
  isLooked = true;
  setImmediate(() => {
    isLooked = false;
  });
  for (const holder of holders.values()) if (holder.heldBytes > 0) holder.note();
}

/**
 * Counts what a connection leaves untaken among that of all.
 *
 * @param client whose it is
 * @param onTooMuch told once its client leaves the most, and it the most of that, while all together leave too much
 */
export function limitUntaken(socket: Socket, client: string, onTooMuch: () => void): void {
  const holder: Untaken = {
    client,
    heldBytes: 0,
    note: () => held.hold(holder, socket.writableLength),
    giveUp() {
      if (isLooked) {
        onTooMuch();
        return;
      }
      lookAtAll();
      holder.note();
    },
  };
  if (socket.closed) return;
  holders.set(socket, holder);
  socket.once('close', () => {
    holders.delete(socket);
    held.hold(holder, 0);
  });
}

/** To be called when an answer, or a part of one, was written to a connection. */
export function noteUntaken(socket: Socket): void {
  if (socket.writableLength > 0) holders.get(socket)?.note();
}

/** To be called when an answer has left. */
export function noteTaken(socket: Socket): void {
  const holder = holders.get(socket);
  if (holder !== undefined && holder.heldBytes > 0) holder.note();
}
