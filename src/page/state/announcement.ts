import { createStore } from './store.js';

/** What screen readers are told of changes that only eyes would notice. */
export const announcement = createStore('');

export function announce(text: string): void {
  announcement.set(text);
}
