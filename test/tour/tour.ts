import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { ask, expectAccessible, type Visitor } from '../support/page.js';
import { walkDevices } from './devices.js';
import { walkDeletion, walkList } from './list.js';
import { walkViews } from './views.js';
import type { Walk } from './walk.js';

export interface TourOptions {
  /** Told of each stop once all was right there. */
  say?: (line: string) => void;
  /** Takes a picture. */
  picture?: (page: Page, name: string) => Promise<void>;
}

const DESKTOP = { width: 1120, height: 760 };

/**
 * Walks through the page as somebody would who looks at the three largest segments, and fails where it shows anything
 * else than ES answers, or is not for everybody. Deletes the smallest segment in the end.
 *
 * @param base the URL of an ES with at least five segments
 */
export async function tour(
  base: string,
  visitor: Visitor,
  { say = () => {}, picture = async () => {} }: TourOptions = {},
): Promise<void> {
  const listed: Walk['listed'] = async (query) =>
    (await ask(base, `/segments?limit=50&${query}`)).segments;
  const names = (await listed('')).slice(0, 3).map(({ segment }) => segment);
  const largest = names as Walk['largest'];
  const stop: Walk['stop'] = async (what, hash, options, look) => {
    const page = await visitor.open(hash, { viewport: DESKTOP, ...options });
    try {
      const seen = await look(page);
      await expectAccessible(page, what);
      say(`${what.padEnd(10)} ${seen}`);
    } finally {
      await page.context().close();
    }
  };

  const walk: Walk = { base, largest, listed, stop, picture };
  await walkList(walk);
  await walkViews(walk);
  await walkDevices(walk);
  await walkDeletion(walk);

  expect(visitor.complaints).to.deep.equal([]);
  say('The browser complained of nothing, and asked nobody else for anything.');
}
