import type { Membership } from '../../../scripts/testbed/families/family.js';
import { upload } from '../../loads/upload.js';

const CHUNK_BYTES = 64 * 1024;

/** What one body of a bulk may take is a setting; this is far below the default. */
const ROWS_OF_A_BODY = 1_000_000;

/**
 * Stores memberships with few bodies.
 *
 * @throws Error unless all were taken
 */
export async function storeAll(front: string, memberships: Iterable<Membership>): Promise<number> {
  let [chunks, text, rows, stored]: [Buffer[], string, number, number] = [[], '', 0, 0];
  const cut = () => {
    chunks.push(Buffer.from(text));
    text = '';
  };
  const send = async () => {
    cut();
    stored += await upload(front, chunks);
    [chunks, rows] = [[], 0];
  };
  const now = Date.now();
  for (const { segment, user, daysAgo } of memberships) {
    const time =
      daysAgo === 0 ? '' : `,"occurred_at":"${new Date(now - daysAgo * 86_400_000).toISOString()}"`;
    text += `{"segment":"${segment}","user_id":"${user}"${time}}\n`;
    rows += 1;
    if (text.length >= CHUNK_BYTES) cut();
    if (rows === ROWS_OF_A_BODY) await send();
  }
  if (rows > 0) await send();
  return stored;
}

/** @throws Error unless it is answered 200 */
// biome-ignore lint/suspicious/noExplicitAny: whatever was answered
export async function ask(base: string, path: string, body?: object): Promise<any> {
  const answer = await fetch(base + path, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** How many questions wait for their answers at the same time. */
const TOGETHER = 4;

/** Asks something of each item, a few at the same time; answers are in the order of the items. */
export async function askEach<Item, Answered>(
  items: readonly Item[],
  askOne: (item: Item) => Promise<Answered>,
): Promise<Answered[]> {
  const answers = new Array<Answered>(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      answers[index] = await askOne(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return answers;
}
