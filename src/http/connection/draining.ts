import type { Socket } from 'node:net';

const draining = new WeakSet<Socket>();

/** Emitted on a connection when its server closes. */
export const DRAIN = Symbol('drain');

/** Marks a connection whose server is closing: its next answer will be its last. */
export function drain(socket: Socket): void {
  draining.add(socket);
  socket.emit(DRAIN);
}

export function isDraining(socket: Socket): boolean {
  return draining.has(socket);
}
