import { Redis } from 'ioredis';

const DAYS = 14;

/** Users a bucket needs to be dense, with some to spare: Redis keeps smaller ones sparse. */
const USERS = 20_000;

/**
 * Gives segment `s0` 14 dense buckets of different users.
 *
 * @param redisPort the Redis, for systems with a key `segment:YYYY-MM-DD` a day
 * @param url the service to store through instead
 */
export async function fillDense(redisPort: number, url?: string): Promise<void> {
  for (let daysAgo = 0; daysAgo < DAYS; daysAgo += 1) {
    const time = new Date(Date.now() - daysAgo * 86_400_000);
    const users = Array.from({ length: USERS }, (_, user) => `d${daysAgo}u${user}`);
    if (url === undefined)
      await addToRedis(redisPort, `s0:${time.toISOString().slice(0, 10)}`, users);
    else await postAll(url, users, time);
  }
}

async function addToRedis(port: number, key: string, users: string[]): Promise<void> {
  const redis = new Redis({ port });
  await redis.pfadd(key, ...users);
  redis.disconnect();
}

async function postAll(url: string, users: string[], time: Date): Promise<void> {
  const occurred_at = time.toISOString();
  const lines = users.map((user_id) => JSON.stringify({ segment: 's0', user_id, occurred_at }));
  const answer = await fetch(`${url}/segments`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  const { accepted } = (await answer.json()) as { accepted: number };
  if (accepted !== users.length) throw new Error(`${accepted} of ${users.length} were stored`);
}
