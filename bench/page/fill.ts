import { createRandom } from '../../scripts/testbed/random.js';

/** Lines that are stored together. */
const LINES = 50_000;

const DAYS = 14;
const DAY_MS = 86_400_000;

/** Gives an ES so many segments, each with 1 to 9 users over the days of the window, and waits until it lists them. */
export async function storeSegments(base: string, segments: number): Promise<void> {
  const random = createRandom(1);
  const below = (limit: number) => Math.floor(random() * limit);
  const now = Date.now();
  let lines: string[] = [];
  const send = async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const body = lines.join('\n');
    const answer = await fetch(`${base}/segments`, { method: 'POST', headers, body });
    const { accepted } = (await answer.json()) as { accepted: number };
    if (accepted !== lines.length) throw new Error(`${accepted} of ${lines.length} were stored`);
    lines = [];
  };
  for (let index = 0; index < segments; index += 1) {
    const segment = segmentName(index);
    for (let users = 1 + below(9); users > 0; users -= 1) {
      const occurred_at = new Date(now - below(DAYS) * DAY_MS).toISOString();
      lines.push(JSON.stringify({ segment, user_id: `u${below(1e9)}`, occurred_at }));
    }
    if (lines.length >= LINES) await send();
  }
  await send();
  for (;;) {
    const answer = await fetch(`${base}/segments?limit=1`);
    const { total } = (await answer.json()) as { total: number };
    if (total === segments) return;
  }
}

const TOPICS = ['sport', 'news', 'travel', 'music', 'garden', 'science', 'cooking', 'finance'];

/** A name such as `travel-00042`: an eighth of all has each topic. */
export function segmentName(index: number): string {
  return `${TOPICS[index % TOPICS.length]}-${String(index).padStart(5, '0')}`;
}
