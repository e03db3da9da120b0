import { expect } from 'chai';
import { ask, shownNames } from '../support/page.js';
import { type Listed, listLoaded, nameOf, number, type Walk } from './walk.js';

/** Looks at the list of segments, searches it and sorts it. */
export async function walkList({
  base,
  largest: [, second],
  listed,
  stop,
  picture,
}: Walk): Promise<void> {
  await stop('list', '', {}, async (page) => {
    await listLoaded(page);
    expect(await shownNames(page)).to.deep.equal((await listed('')).map(nameOf));
    await picture(page, 'segments');
    return (await page.locator('.view-head').innerText()).replace(/\s+/g, ' ');
  });

  await stop('search', '', {}, async (page) => {
    const { segments, total } = await ask(
      base,
      `/segments?limit=50&search=${encodeURIComponent(second)}`,
    );
    await page.getByRole('searchbox').fill(second);
    const reported = `${number(total)} segment${total === 1 ? '' : 's'} found`;
    await page.getByText(reported).first().waitFor();
    expect(await shownNames(page)).to.deep.equal(segments.map(nameOf));
    return `${second}: ${reported}`;
  });

  await stop('sort', '', {}, async (page) => {
    await listLoaded(page);
    for (const [title, query] of [
      ['Segment', 'sort=name&order=asc'],
      ['Last active', 'sort=last_active&order=desc'],
      ['Users', 'sort=count&order=desc'],
      ['Users', 'sort=count&order=asc'],
    ] as const) {
      const answered = page.waitForResponse((answer) => answer.url().includes('/segments?'));
      await page.getByRole('columnheader', { name: title }).getByRole('button').click();
      await answered;
      await listLoaded(page);
      expect(await shownNames(page), query).to.deep.equal((await listed(query)).map(nameOf));
    }
    return 'by name, by last day, by users both ways';
  });
}

/** Deletes the smallest segment. */
export async function walkDeletion({ base, listed, stop }: Walk): Promise<void> {
  const [smallest] = (await listed('sort=count&order=asc')) as [Listed];
  await stop('delete', `#/segment/${encodeURIComponent(smallest.segment)}`, {}, async (page) => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`${smallest.segment} is deleted`).waitFor({ state: 'attached' });
    await listLoaded(page);
    const left = await ask(base, `/segment/${encodeURIComponent(smallest.segment)}`);
    expect(left.user_count).to.equal(0);
    const names = (await listed('sort=count&order=asc')).map(nameOf);
    expect(names).not.to.include(smallest.segment);
    return `${smallest.segment}, of ${smallest.user_count} users`;
  });
}
