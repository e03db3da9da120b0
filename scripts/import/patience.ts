import { setTimeout as delay } from 'node:timers/promises';

/** How often in a row what comes no further is tried. */
const MAX_ATTEMPTS = 8;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

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

/** @param url what a failure names */
export function createPatience(url: string): Patience {
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
      await delay(Math.max(waitMs, (retryAfter ?? 0) * 1_000));
    },
  };
}

/** Makes a request; what is no success is returned as trouble, with its text read. */
export async function request(url: URL, init: RequestInit): Promise<Response | Trouble> {
  try {
    const response = await fetch(url, init);
    if (response.ok) return response;
    const { status, headers } = response;
    const told = Number(headers.get('retry-after') ?? Number.NaN);
    const retryAfter = Number.isFinite(told) && told >= 0 ? told : undefined;
    return { status, retryAfter, text: `${status} ${await response.text()}` };
  } catch (error) {
    const why = (error as Error & { cause?: Error }).cause?.message ?? error;
    return { status: 0, retryAfter: undefined, text: `cannot be reached: ${why}` };
  }
}
