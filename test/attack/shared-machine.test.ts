import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { privateRedisUrl } from '../../src/local/private-redis.js';
import {
  asAnother,
  canBeAnother,
  give,
  type RedisOfAnother,
  startRedisOfAnother,
} from '../support/another-user.js';
import { startHeldRedis } from '../support/held-redis.js';

/** Where things are, all in a directory that everybody uses. */
interface Places {
  /** The data of our Redis, whose name anybody can tell. */
  data: string;
  redis: string;
  socket: string;
  /** A directory of the other user, and a socket with their Redis behind it. */
  theirs: string;
  theirSocket: string;
}

type Trap = (places: Places) => void;

/** What another user does before us, where they can. */
const TRAPS_OF_ANOTHER: Record<string, Trap> = {
  'a directory for us': ({ data }) => {
    mkdirSync(data, { mode: 0o755 });
    give(data);
  },
  'a directory for everybody': ({ data }) => {
    mkdirSync(data);
    chmodSync(data, 0o777);
    give(data);
  },
  'a directory for Redis': ({ data, redis }) => {
    mkdirSync(data);
    mkdirSync(redis);
    give(redis);
  },
  'a link to their Redis': ({ redis, socket, theirSocket }) => {
    mkdirSync(redis, { recursive: true });
    symlinkSync(theirSocket, socket);
    give(redis);
  },
  'a file where our socket would be': ({ redis, socket }) => {
    mkdirSync(redis, { recursive: true });
    writeFileSync(socket, '');
    give(socket);
  },
  'a file in our data': ({ redis }) => {
    mkdirSync(join(redis, 'appendonlydir'), { recursive: true });
    writeFileSync(join(redis, 'appendonlydir/appendonly.aof'), '');
    give(join(redis, 'appendonlydir/appendonly.aof'));
  },
};

/** What cannot be trusted whoever did it. */
const TRAPS_OF_ANYBODY: Record<string, Trap> = {
  'a link to their directory': ({ data, theirs }) => symlinkSync(theirs, data),
  'a link to a place with nothing': ({ data }) => symlinkSync('/nonexistent', data),
  'a file': ({ data }) => writeFileSync(data, ''),
  'a link to their socket': ({ redis, socket, theirSocket }) => {
    mkdirSync(redis, { recursive: true, mode: 0o777 });
    symlinkSync(theirSocket, socket);
  },
  'a link for Redis': ({ data, redis, theirs }) => {
    mkdirSync(data);
    symlinkSync(theirs, redis);
  },
  'a link in our data': ({ redis }) => {
    mkdirSync(redis, { recursive: true });
    symlinkSync('/etc/passwd', join(redis, 'redis.log'));
  },
};

describe('Another user of a shared machine', () => {
  let places: Places;
  let shared: string;
  let redis: RedisOfAnother | undefined;
  beforeEach(() => {
    shared = mkdtempSync(join(tmpdir(), 'shared-'));
    chmodSync(shared, 0o1777);
    const data = join(shared, 'data');
    const theirs = join(shared, 'theirs');
    mkdirSync(theirs);
    give(theirs);
    const { pathname: socket } = new URL(privateRedisUrl(data));
    const theirSocket = join(theirs, 'redis.sock');
    places = { data, redis: join(data, 'redis'), socket, theirs, theirSocket };
  });
  afterEach(async () => {
    await redis?.close();
    redis = undefined;
    rmSync(shared, { recursive: true });
  });

  /** Starts our Redis, and resolves to why it does not start. */
  async function refusal(): Promise<string> {
    const started = await startHeldRedis(places.data).catch((error) => error);
    if (started instanceof Error) return `${started.name}: ${started.message}`;
    await started.close(new AbortController().signal);
    return 'it has started';
  }

  const traps = { ...TRAPS_OF_ANYBODY, ...(canBeAnother && TRAPS_OF_ANOTHER) };
  for (const [title, prepare] of Object.entries(traps)) {
    it(`lays in vain: ${title}`, async () => {
      redis = await startRedisOfAnother(places.theirSocket, places.theirs);
      prepare(places);
      // One line that names the thing and the remedy.
      expect(await refusal()).to.match(
        /^StartError: \/\S*\/shared-\w+\S* (is a link|is no directory|belongs to another user)[^\n]*; move it away, or have it given to you \(chown\)$/,
      );
      expect(await redis.connections()).to.equal(0);
    });
  }

  it('reads nothing of ours, and reaches nothing', async () => {
    const { data, redis: own, socket } = places;
    mkdirSync(join(own, 'appendonlydir'), { recursive: true, mode: 0o777 });
    for (const file of ['notes', 'appendonlydir/notes']) writeFileSync(join(own, file), '');
    for (const name of [data, own]) chmodSync(name, 0o777);
    const mask = process.umask();
    const started = await startHeldRedis(data);
    const redis = new Redis(socket);
    await redis.set('es:{secret}', 'u1');
    await redis.bgrewriteaof();
    await redis.save();
    const below = readdirSync(data, { recursive: true }).map((name) => join(data, String(name)));
    const paths = [data, ...below];
    expect(paths.filter((path) => (lstatSync(path).mode & 0o077) !== 0)).to.deep.equal([]);
    expect(paths.some((path) => path.endsWith('.aof'))).to.equal(true);
    expect(process.umask()).to.equal(mask);
    if (canBeAnother) {
      expect(asAnother('ls', places.theirs)).to.equal(true);
      expect(asAnother('ls', data)).to.equal(false);
      for (const path of paths) expect(asAnother('test', '-r', path)).to.equal(false);
      expect(asAnother('redis-cli', '-s', socket, 'ping')).to.equal(false);
    }
    redis.disconnect();
    await started.close(new AbortController().signal);
  });
});
