/** Takes down how long something took, in milliseconds. */
export type Note = (what: string, milliseconds: number) => void;

const PAGE = 'limit=50&details=true';

/** How long the first and the last page of a list take, in turn, as the page asks for them. */
export async function measureLists(base: string, rounds: number, note: Note): Promise<void> {
  for (const sort of ['count', 'name']) {
    const last = await lastCursor(base, sort);
    for (let round = 0; round < rounds; round += 1) {
      await timed(`${base}/segments?sort=${sort}&${PAGE}`, `first page by ${sort}`, note);
      const path = `${base}/segments?sort=${sort}&${PAGE}&cursor=${last}`;
      await timed(path, `last page by ${sort}`, note);
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    await timed(`${base}/segments?search=l-000&${PAGE}`, 'search of the API', note);
  }
}

/** The cursor that leads to the last 50 segments or less. */
async function lastCursor(base: string, sort: string): Promise<string> {
  let cursor = '';
  for (let limit = 1_000; ; ) {
    const answer = await fetch(`${base}/segments?sort=${sort}&limit=${limit}&cursor=${cursor}`);
    const page = (await answer.json()) as { next_cursor: string | null };
    if (page.next_cursor !== null) cursor = page.next_cursor;
    // From the last thousand on in small steps.
    else if (limit > 50) limit = 50;
    else return cursor;
  }
}

async function timed(url: string, what: string, note: Note): Promise<void> {
  const start = performance.now();
  await (await fetch(url)).text();
  note(what, performance.now() - start);
}
