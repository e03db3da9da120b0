import type { Socket } from 'node:net';
import { shareOfHeap } from '../../limits/heap.js';
import { createHeldBytes, type Holder } from '../../limits/held-bytes.js';

/** The bytes that were written to all connections of this process and that clients have not read. */
const held = createHeldBytes(shareOfHeap());

const holders = new Map<Socket, Untaken>();

interface Untaken extends Holder {
  /** Notes how many bytes are unread now. */
  note(): void;
}

/**
 * Whether all connections were noted in this iteration of the event loop. Within one iteration no client can read anything.
 */
let isCurrent = false;

/** No event tells that a client has read something, so all connections are noted again before one is closed. */
function noteAll(): void {
  isCurrent = true;
  setImmediate(() => {
    isCurrent = false;
  });
  for (const holder of holders.values()) if (holder.heldBytes > 0) holder.note();
}

/**
 * Adds the unread bytes of a connection to those of all connections.
 *
 * @param client the client that the connection belongs to
 * @param onTooMuch called when all clients together leave too many bytes unread, this client has the most of them, and this
 *   connection has the most of this client
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

/** To be called when an answer was sent completely. */
export function noteTaken(socket: Socket): void {
  const holder = holders.get(socket);
  if (holder !== undefined && holder.heldBytes > 0) holder.note();
}
