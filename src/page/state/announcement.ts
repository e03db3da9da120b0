import { createStore } from './store.js';

/** The text that screen readers announce if only the view has changed. */
export const announcement = createStore('');

export function announce(text: string): void {
  announcement.set(text);
}
