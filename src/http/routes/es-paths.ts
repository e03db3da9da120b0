import type { Handler, Route } from '../route.js';

/** What ES answers beside what both services do, so that USS can say so. */
export const ES_PATHS = {
  '/segments': ['GET'],
  '/segment/:segment': ['DELETE'],
  '/segment/:segment/estimate': ['GET'],
  '/segment/:segment/history': ['GET'],
  '/overlap': ['POST'],
  '/estimate': ['POST'],
} as const;

type Path = keyof typeof ES_PATHS;

/** A route of ES for each of these paths, with a handler for each method, and no other. */
export type EsRoutes = {
  [One in Path]: Omit<Route, 'path' | 'get' | 'post' | 'delete'> &
    Record<Lowercase<(typeof ES_PATHS)[One][number]>, Handler>;
};

/** The same paths at USS: they tell whom to ask. */
export function createPathsOfEs(): Route[] {
  return Object.entries(ES_PATHS).map(([path, ofEs]) => ({ path, needs: 'open', ofEs }));
}
