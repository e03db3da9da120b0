import { createStore } from '../state/store.js';
import { formatRoute, parseRoute, type Route } from './route.js';

/** What the URL asks for. */
export const currentRoute = createStore<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => currentRoute.set(parseRoute(location.hash)));

/** Goes to a view, which the Back button leaves again. */
export function goTo(route: Route): void {
  location.hash = formatRoute(route);
}

/** Changes the URL in place, as for each letter of a search. */
export function replaceRoute(route: Route): void {
  history.replaceState(null, '', formatRoute(route));
  currentRoute.set(route);
}
