/** What ES answers beside what both services do, so that USS can say so. */
export const ES_PATHS = {
  '/segments': ['GET'],
  '/segment/:segment': ['DELETE'],
  '/segment/:segment/estimate': ['GET'],
  '/segment/:segment/history': ['GET'],
  '/overlap': ['POST'],
  '/estimate': ['POST'],
} as const;
