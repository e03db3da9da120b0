import { createStore } from './store.js';

const KEY = 'credential';

/**
 * The API key or token of requests; empty if there is none. It is kept only for this tab and only while the tab is open, so
 * that the user need not enter it again after a reload.
 */
export const credential = createStore(sessionStorage.getItem(KEY) ?? '');

credential.subscribe(() => {
  if (credential.get() === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, credential.get());
});
