import type { BrowserContextOptions, Page } from 'playwright-core';

/** What the stops of the tour share. */
export interface Walk {
  /** The URL of ES. */
  base: string;
  /** The names of the three largest segments, the largest first. */
  largest: [string, string, string];
  /** The segments that ES lists for a query. */
  listed(query: string): Promise<Listed[]>;
  /**
   * Opens the page in a window of its own, looks at it, and checks that it is for everybody.
   *
   * @param what the name of the stop
   * @param hash the link that it begins at
   * @param look resolves to what was seen, for the report
   */
  stop(
    what: string,
    hash: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<string>,
  ): Promise<void>;
  picture(page: Page, name: string): Promise<void>;
}

export interface Listed {
  segment: string;
  user_count: number;
}

export const nameOf = ({ segment }: Listed) => segment;

export const number = (value: number) => value.toLocaleString('en');

export const listLoaded = (page: Page) =>
  page.locator('table.segments[aria-busy=false] tbody tr').first().waitFor();
