import { useEffect, useState } from 'preact/hooks';
import type { ListedCount } from '../api/answers.js';
import { listCounts } from '../api/requests.js';
import { ALL_SEGMENTS } from '../routing/route.js';

const MOST = 8;

/** How long to wait for the next letter, in milliseconds. */
const PAUSE_MS = 120;

/**
 * The largest segments whose name contains a text.
 *
 * @param search the text; undefined means no search
 * @param without names to leave out
 */
export function useSuggestions(search: string | undefined, without: readonly string[]) {
  const [found, setFound] = useState<ListedCount[]>([]);
  useEffect(() => {
    if (search === undefined) {
      setFound([]);
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      const query = { ...ALL_SEGMENTS, search: search.trim() };
      const limit = MOST + without.length;
      // Without suggestions the user can still type a name, and the view itself says what is wrong.
      const page = await listCounts(query, controller.signal, limit).catch(() => undefined);
      if (!controller.signal.aborted) setFound(page?.segments ?? []);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [search, without.length]);
  return found.filter(({ segment }) => !without.includes(segment)).slice(0, MOST);
}
