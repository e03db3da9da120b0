import { setTimeout as delay } from 'node:timers/promises';

/** How often in a row what comes no further is tried. */
const MAX_ATTEMPTS = 8;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Who waits so long is told what for. */
const LONG_WAIT_MS = 5_000;

/** Longest delay that a timer has. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What a service answers while it cannot do more now. */
const NOT_NOW = [429, 503, 504];

/** An answer that is no success, or that there was none. */
export interface Trouble {
  /** 0 where nothing was answered. */
  status: number;
  /** In how many seconds the service wants to be asked again; undefined where it does not say. */
  retryAfter: number | undefined;
  text: string;
}

/** Has something tried again. */
export interface Patience {
  /**
   * Waits until it may be tried again: as long as the service says, and longer each time while it comes no further. Who is told
   * to slow down, and until when, does so however often.
   *
   * @param cameFurther whether something was done by the last attempt
   * @throws Error when trying again is of no use, or was not
   */
  wait(trouble: Trouble, cameFurther: boolean): Promise<void>;
}

/**
 * @param url what a failure names
 * @param signal ends the waiting
 * @param onLongWait told what a wait of seconds is for
 */
export function createPatience(
  url: string,
  signal?: AbortSignal,
  onLongWait: (line: string) => void = () => {},
): Patience {
  let attempts = 0;
  return {
    async wait({ status, retryAfter, text }, cameFurther) {
      const isSlowedDown = status === 429 && retryAfter !== undefined;
      if (cameFurther || isSlowedDown) attempts = 0;
      attempts += 1;
      const isOver = status === 429 ? !isSlowedDown : status !== 0 && !NOT_NOW.includes(status);
      if (isOver || attempts === MAX_ATTEMPTS) throw new Error(`${url} ${text}`);
      const waitMs = isSlowedDown
        ? 0
        : Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS);
      const toWaitMs = Math.max(waitMs, (retryAfter ?? 0) * 1_000);
      if (toWaitMs >= LONG_WAIT_MS) {
        const seconds = Math.ceil(toWaitMs / 1_000);
        onLongWait(`${url} takes no more now (${status || 'no answer'}); going on in ${seconds} s`);
      }
      await delay(Math.min(toWaitMs, MAX_DELAY_MS), undefined, signal && { signal });
    },
  };
}

/** A success, with its text read. */
export interface Success {
  text: string;
}

/**
 * Makes a request, and reads what is answered.
 *
 * @throws the reason of its signal once that is aborted
 */
export async function request(url: URL, init: RequestInit): Promise<Success | Trouble> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.ok) return { text };
    const { status, headers } = response;
    const retryAfter = secondsOf(headers.get('retry-after'));
    return { status, retryAfter, text: `answered ${status} ${text}` };
  } catch (error) {
    init.signal?.throwIfAborted();
    const why = (error as Error & { cause?: Error }).cause?.message ?? error;
    return { status: 0, retryAfter: undefined, text: `cannot be reached: ${why}` };
  }
}

/** A `Retry-After`: seconds, or a date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1_000);
}
