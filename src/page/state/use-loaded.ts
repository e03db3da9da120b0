import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type RequestFailure, toRequestFailure } from '../api/request-failure.js';
import { live } from './auto-refresh.js';
import { credential } from './credential.js';
import { useStore } from './store.js';

/** How long after an answer the next request follows, in milliseconds. */
const REFRESH_MS = 5_000;

export interface Loaded<Data> {
  /** The last answer. It may belong to the previous question while the next answer is loading. */
  data: Data | undefined;
  /** The reason why there is no newer answer. */
  failure: RequestFailure | undefined;
  /** Whether the answer belongs to an earlier question. */
  isStale: boolean;
  /** Loads again immediately. */
  reload(): void;
}

/**
 * Loads data, and loads them again every 5 seconds while the page is visible and automatic refresh is on.
 *
 * @param question identifies the question; a new question is loaded immediately
 * @param load loads the data
 */
export function useLoaded<Data>(
  question: string,
  load: (signal: AbortSignal) => Promise<Data>,
): Loaded<Data> {
  const [answer, setAnswer] = useState<{ question: string; data: Data }>();
  const [failure, setFailure] = useState<RequestFailure>();
  const [reloads, setReloads] = useState(0);
  const isLive = useStore(live);
  const shownCredential = useStore(credential);
  const latest = useRef(load);
  latest.current = load;
  const asked = useRef('');

  // In a layout effect: other effects wait for a frame, but hidden tabs have no frames.
  useLayoutEffect(() => {
    const ask = async (signal: AbortSignal) => {
      try {
        const data = await latest.current(signal);
        if (signal.aborted) return;
        setAnswer({ question, data });
        setFailure(undefined);
      } catch (error) {
        if (signal.aborted) return;
        const next = toRequestFailure(error);
        // Data that were loaded with another credential must not be shown.
        if (next.status === 401 || next.status === 403) setAnswer(undefined);
        setFailure(next);
      }
    };
    const identity = JSON.stringify([question, shownCredential, reloads]);
    const isNew = asked.current !== identity;
    asked.current = identity;
    return repeat(ask, isNew, isLive);
  }, [question, shownCredential, reloads, isLive]);

  const reload = useCallback(() => setReloads((count) => count + 1), []);
  const isStale = answer !== undefined && answer.question !== question;
  return { data: answer?.data, failure, isStale, reload };
}

/**
 * @param first whether to load once even while the page does not refresh
 * @param again whether to load again and again
 * @returns a function that stops loading
 */
function repeat(work: (signal: AbortSignal) => Promise<void>, first: boolean, again: boolean) {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBusy = false;
  const run = async () => {
    if (isBusy) return;
    isBusy = true;
    clearTimeout(timer);
    await work(signal);
    isBusy = false;
    if (again && !signal.aborted && !document.hidden) timer = setTimeout(run, REFRESH_MS);
  };
  const onVisibility = () => {
    if (document.hidden) clearTimeout(timer);
    else if (again) void run();
  };
  document.addEventListener('visibilitychange', onVisibility, { signal });
  if (first || again) void run();
  return () => {
    clearTimeout(timer);
    controller.abort();
  };
}
