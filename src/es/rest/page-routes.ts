import { readFileSync } from 'node:fs';
import type { Need } from '../../auth/scope.js';
import { createAssetRoute } from '../../http/asset.js';
import { PAGE_POLICY, policyHeader } from '../../http/content-security.js';
import type { Route } from '../../http/route.js';
import { StartError } from '../../process/lifecycle.js';

/** The directory of the built page: its relative path is the same from src/ and from dist/. */
const FOLDER = new URL('../../../dist/page/', import.meta.url);

const ASSETS = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

const HEADERS = [
  'content-security-policy',
  policyHeader(PAGE_POLICY),
  'cross-origin-opener-policy',
  'same-origin',
  'referrer-policy',
  'no-referrer',
];

/**
 * The page at `/`, and its files.
 *
 * @param needs what the page requires from its client
 * @param windowDays how many UTC days this ES counts
 * @throws StartError if the page was not built
 */
export function createPageRoutes(needs: Need, windowDays: number): Route[] {
  const html = readBuilt('index.html').replace('{{windowDays}}', String(windowDays));
  const asset = (path: string, type: string, content: string) =>
    createAssetRoute({ path, needs, type, content, headers: HEADERS });
  return [
    asset('/', 'text/html; charset=utf-8', html),
    ...Object.entries(ASSETS).map(([name, type]) =>
      asset(`/assets/${name}`, type, readBuilt(name)),
    ),
  ];
}

function readBuilt(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8');
  } catch (error) {
    throw new StartError('the page is not built; npm run build does that', { cause: error });
  }
}
