// Holds the data of a directory, and runs a Redis on them, as `npm start` does.
import { startHeldRedis } from './held-redis.js';

await startHeldRedis(process.argv[2] as string);
console.log('holds');
