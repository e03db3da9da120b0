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
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { privateRedisUrl, startPrivateRedis } from '../../src/private-redis.js';
import {
  asAnother,
  canBeAnother,
  give,
  type RedisOfAnother,
  startRedisOfAnother,
} from '../support/another-user.js';

/** Where things are, all in a directory for temporary files that everybody uses. */
interface Places {
  shared: string;
  /** The data of our Redis. */
  data: string;
  /** The directory of our socket, whose name anybody can tell. */
  place: string;
  socket: string;
  /** A directory of the other user, and a socket with their Redis behind it. */
  theirs: string;
  theirSocket: string;
}

type Trap = (places: Places) => void;

/** What another user does before us, where they can. */
const TRAPS_OF_ANOTHER: Record<string, Trap> = {
  'a directory for us': ({ place }) => {
    mkdirSync(place, { mode: 0o755 });
    give(place);
  },
  'a directory for everybody': ({ place }) => {
    mkdirSync(place);
    chmodSync(place, 0o777);
    give(place);
  },
  'a directory with a link to their Redis': ({ place, socket, theirSocket }) => {
    mkdirSync(place);
    symlinkSync(theirSocket, socket);
    chmodSync(place, 0o777);
    give(place);
  },
  'a file in a directory of ours that was open': ({ place, socket }) => {
    mkdirSync(place);
    chmodSync(place, 0o777);
    writeFileSync(socket, '');
    give(socket);
  },
  'a file in our data': ({ data }) => {
    mkdirSync(join(data, 'appendonlydir'), { recursive: true });
    writeFileSync(join(data, 'appendonlydir/appendonly.aof'), '');
    give(join(data, 'appendonlydir/appendonly.aof'));
  },
  'our data': ({ data }) => {
    mkdirSync(data);
    give(data);
  },
};

/** What cannot be trusted whoever did it. */
const TRAPS_OF_ANYBODY: Record<string, Trap> = {
  'a link to their directory': ({ place, theirs }) => symlinkSync(theirs, place),
  'a link to a place with nothing': ({ place }) => symlinkSync('/nonexistent', place),
  'a file': ({ place }) => writeFileSync(place, ''),
  'a link to their socket': ({ place, socket, theirSocket }) => {
    mkdirSync(place, { mode: 0o777 });
    symlinkSync(theirSocket, socket);
  },
  'a link for our data': ({ data, theirs }) => symlinkSync(theirs, data),
  'a link in our data': ({ data }) => {
    mkdirSync(data);
    symlinkSync('/etc/passwd', join(data, 'redis.log'));
  },
  'a directory where all may replace all': ({ shared }) => chmodSync(shared, 0o777),
};

describe('Another user of a shared machine', () => {
  const usual = process.env.TMPDIR;
  let places: Places;
  let redis: RedisOfAnother | undefined;
  beforeEach(() => {
    const shared = mkdtempSync(join(tmpdir(), 'shared-'));
    chmodSync(shared, 0o1777);
    process.env.TMPDIR = shared;
    const data = join(shared, 'data');
    const { pathname: socket } = new URL(privateRedisUrl(data));
    const theirs = join(shared, 'theirs');
    mkdirSync(theirs);
    give(theirs);
    const theirSocket = join(theirs, 'redis.sock');
    places = { shared, data, place: dirname(socket), socket, theirs, theirSocket };
  });
  afterEach(async () => {
    await redis?.close();
    redis = undefined;
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    rmSync(places.shared, { recursive: true });
  });

  /** Starts our Redis, and resolves to why it does not start. */
  async function refusal(): Promise<string> {
    const started = await startPrivateRedis('redis-server', places.data).catch((error) => error);
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
        /^StartError: \/\S*\/shared-\w+\S* (is a link|is no directory|belongs to another user|lets every user)[^\n]*; (remove it, or set TMPDIR|move it away, or have it given to you)[^\n]*$/,
      );
      expect(await redis.connections()).to.equal(0);
    });
  }

  it('has a Redis where ours would be, which is left alone', async () => {
    mkdirSync(places.place);
    chmodSync(places.place, 0o777);
    redis = await startRedisOfAnother(places.socket, places.theirs);
    const complaint = canBeAnother ? 'belongs to another user' : 'keeps its data in';
    expect(await refusal())
      .to.contain('StartError')
      .and.to.contain(complaint);
    // It still answers.
    expect(await redis.connections()).to.be.at.most(1);
  });

  it('reads nothing of ours, and reaches nothing', async () => {
    const { data, place, socket } = places;
    mkdirSync(join(data, 'appendonlydir'), { recursive: true, mode: 0o777 });
    for (const file of ['notes', 'appendonlydir/notes']) writeFileSync(join(data, file), '');
    for (const name of [data, place]) {
      mkdirSync(name, { recursive: true });
      chmodSync(name, 0o777);
    }
    const mask = process.umask();
    const started = await startPrivateRedis('redis-server', data);
    const redis = new Redis(socket);
    await redis.set('es:{secret}', 'u1');
    await redis.bgrewriteaof();
    await redis.save();
    const paths = [data, place].flatMap((top) => [
      top,
      ...readdirSync(top, { recursive: true }).map((name) => join(top, String(name))),
    ]);
    expect(paths.filter((path) => (lstatSync(path).mode & 0o077) !== 0)).to.deep.equal([]);
    expect(paths.some((path) => path.endsWith('.aof'))).to.equal(true);
    expect(process.umask()).to.equal(mask);
    if (canBeAnother) {
      expect(asAnother('ls', places.theirs)).to.equal(true);
      for (const path of [data, place]) expect(asAnother('ls', path)).to.equal(false);
      for (const path of paths) expect(asAnother('test', '-r', path)).to.equal(false);
      expect(asAnother('redis-cli', '-s', socket, 'ping')).to.equal(false);
    }
    redis.disconnect();
    await started.close(new AbortController().signal);
  });
});
