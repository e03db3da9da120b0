import { expect } from 'chai';
import { expectAccessible, expectNoOverflow, tabTo } from '../support/page.js';
import { listLoaded, type Walk } from './walk.js';

const PHONE = { width: 360, height: 720 };

/** Looks at the page in the dark, on a phone and by keyboard alone. */
export async function walkDevices({ base, largest, stop, picture }: Walk): Promise<void> {
  const [first, second] = largest;
  await stop('dark', '', { colorScheme: 'light' }, async (page) => {
    await listLoaded(page);
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await background();
    expect(dark).not.to.equal(light);
    return `${light} becomes ${dark}`;
  });

  await stop('phone', '', { viewport: PHONE, colorScheme: 'dark' }, async (page) => {
    const widths: string[] = [];
    for (const [hash, loaded] of [
      [`#/segment/${encodeURIComponent(first)}`, '.uplot canvas'],
      [
        `#/overlap?${largest.map((name) => `segment=${encodeURIComponent(name)}`).join('&')}`,
        '.euler svg',
      ],
      ['#/', 'table.segments[aria-busy=false]'],
    ] as const) {
      await page.goto(`${base}/${hash}`);
      await page.locator(loaded).waitFor();
      await expectNoOverflow(page, hash);
      await expectAccessible(page, hash);
      widths.push(hash.split(/[?/]/)[1] || 'list');
    }
    await picture(page, 'phone');
    return `nothing wider than ${PHONE.width} px: ${widths.join(', ')}`;
  });

  await stop('keyboard', '', {}, async (page) => {
    await listLoaded(page);
    await tabTo(page, first);
    await page.keyboard.press('Enter');
    await page.locator('.uplot canvas').waitFor();
    await tabTo(page, 'Compare with others');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Segment B' }).waitFor();
    await page.getByRole('combobox', { name: 'Segment B' }).focus();
    await page.keyboard.type(second);
    await page.locator('[role=option]').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.euler svg').waitFor();
    return 'from the list to a segment to an overlap';
  });
}
