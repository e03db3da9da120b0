import { expect } from 'chai';
import { ask } from '../support/page.js';
import { number, type Walk } from './walk.js';

const TALL = { width: 1120, height: 900 };

/** Looks at one segment, and at the overlap of three. */
export async function walkViews({ base, largest, stop, picture }: Walk): Promise<void> {
  const [first, second, third] = largest;
  await stop('segment', '', { colorScheme: 'dark' }, async (page) => {
    await page.getByRole('link', { name: first, exact: true }).click();
    await page.locator('.uplot canvas').waitFor();
    const seen: string[] = [];
    for (const days of [14, 1, 7]) {
      await page.getByLabel('Window').selectOption(String(days));
      const { user_count, interval, exact } = await ask(
        base,
        `/segment/${encodeURIComponent(first)}/estimate?days=${days}`,
      );
      const range = told(interval, exact);
      await page.locator('.figure dd').getByText(range, { exact: true }).waitFor();
      expect(await page.locator('.figure dd').first().innerText()).to.equal(number(user_count));
      seen.push(`${number(user_count)} (${range}) in ${days}`);
    }
    await picture(page, 'segment');
    return `${first}: ${seen.join(', ')} days`;
  });

  await stop('overlap', '#/overlap', { viewport: TALL }, async (page) => {
    for (const [label, name] of [
      ['Segment A', first],
      ['Segment B', second],
      ['Segment C (optional)', third],
    ] as const) {
      const field = page.getByRole('combobox', { name: label });
      await field.fill(name);
      await page.getByRole('option').getByText(name, { exact: true }).first().waitFor();
      await page.getByRole('option').getByText(name, { exact: true }).first().click();
      await page.waitForURL((url) => url.hash.includes(`segment=${encodeURIComponent(name)}`));
    }
    const { pairs } = await ask(base, '/overlap', { segments: largest, days: 14 });
    const { user_count, interval, exact } = pairs[0].intersection;
    await page.locator('circle').nth(2).waitFor();
    const both = page.locator('table', { hasText: 'A and B' }).locator('tbody tr').first();
    const seen = await both.innerText();
    expect(seen).to.contain(number(user_count));
    expect(seen).to.contain(told(interval, exact));
    await picture(page, 'overlap');
    return seen.replace(/\s+/g, ' ');
  });
}

/** An interval as the page tells it. */
function told({ low, high }: { low: number; high: number }, exact: boolean): string {
  return exact ? 'exact' : `${number(low)} to ${number(high)}`;
}
