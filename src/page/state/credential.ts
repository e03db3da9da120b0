import { createStore } from './store.js';

const KEY = 'credential';

/**
 * The API key or token that requests show; empty: none. Kept as long as the tab, so that reloading it asks for nothing,
 * and read by no other tab.
 */
export const credential = createStore(sessionStorage.getItem(KEY) ?? '');

credential.subscribe(() => {
  if (credential.get() === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, credential.get());
});
