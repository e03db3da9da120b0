/** What bounds each measurement, by its words: as `npm run bench -- --profile` shows it. */
export const BOUNDS: Record<string, string> = {};
