import { createStore } from './store.js';

/** Whether what is shown follows what is stored. */
export const live = createStore(true);
