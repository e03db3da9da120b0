import type { Socket } from 'node:net';

const draining = new WeakSet<Socket>();

/** Marks a connection whose server is closing: its next answer is to be its last. */
export function drain(socket: Socket): void {
  draining.add(socket);
}

export function isDraining(socket: Socket): boolean {
  return draining.has(socket);
}
