import { createStore } from './store.js';

/** Whether the page refreshes its data. */
export const live = createStore(true);
