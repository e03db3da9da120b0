import { createStore } from '../state/store.js';
import { formatRoute, parseRoute, type Route } from './route.js';

/** The route of the current URL. */
export const currentRoute = createStore<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => currentRoute.set(parseRoute(location.hash)));

/** Goes to a view, with a new entry in the history of the browser. */
export function goTo(route: Route): void {
  location.hash = formatRoute(route);
}

/** Changes the URL without a new entry in the history, for example for each letter of a search. */
export function replaceRoute(route: Route): void {
  history.replaceState(null, '', formatRoute(route));
  currentRoute.set(route);
}
