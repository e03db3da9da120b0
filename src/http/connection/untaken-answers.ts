import type { Socket } from 'node:net';
import { shareOfHeap } from '../../limits/heap.js';
import { createHeldBytes, type Holder } from '../../limits/held-bytes.js';

/** The bytes written to all connections of this process that their clients have not read. */
const held = createHeldBytes(shareOfHeap());

const holders = new Map<Socket, Untaken>();

interface Untaken extends Holder {
  /** Notes how much there is now. */
  note(): void;
}

/** Whether all were noted in this iteration of the event loop, in which no client can have read anything since. */
let isCurrent = false;

/** No event says that a client has read something, so all are noted anew before any is closed. */
function noteAll(): void {
  isCurrent = true;
  setImmediate(() => {
    isCurrent = false;
  });
  for (const holder of holders.values()) if (holder.heldBytes > 0) holder.note();
}

/**
 * Counts the bytes that a connection leaves unread among those of all connections.
 *
 * @param client the client that the connection belongs to
 * @param onTooMuch called when all together leave too much unread, this client the most of all, and this connection the
 *   most of that
 */
export function limitUntaken(socket: Socket, client: string, onTooMuch: () => void): void {
  const holder: Untaken = {
    client,
    heldBytes: 0,
    note: () => held.hold(holder, socket.writableLength),
    giveUp() {
      if (isCurrent) {
        onTooMuch();
        return;
      }
      noteAll();
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

/** To be called after an answer, or a part of one, was written to a connection. */
export function noteUntaken(socket: Socket): void {
  if (socket.writableLength > 0) holders.get(socket)?.note();
}

/** To be called when the whole of an answer was sent. */
export function noteTaken(socket: Socket): void {
  const holder = holders.get(socket);
  if (holder !== undefined && holder.heldBytes > 0) holder.note();
}
