import keySlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { Failure } from '../../domain/failure.js';
import { getOrCreate } from '../../domain/get-or-create.js';
import { ownerOf, primaryOf, type RedisClient } from './client.js';
import { isReply } from './failures.js';

/** Stops a primary of a Cluster that does not answer from delaying requests for the other primaries. */
export interface Gate {
  /**
   * Runs work on a key. It fails immediately while the primary of the key does not answer, or while the slot of the key is
   * being moved. Work that is given up is not cancelled.
   *
   * @throws Failure `unavailable`, or what the work throws
   */
  pass<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** How long a primary may leave a request unanswered: longer than a fork of Redis or a large batch takes. */
const SILENT_MS = 500;

/** How long requests for a slot that is being moved are refused without asking. */
const MOVING_MS = 500;

/** How often a primary that does not answer is probed. */
const PROBE_MS = 100;

interface Primary {
  /** Rejects each request that waits for an answer. */
  waiting: Set<(failure: Failure) => void>;
  /** When the last answer came, or the oldest waiting request was sent. */
  heardAt: number;
  isAway: boolean;
  isProbed: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** With a single primary all work passes: there is no other primary to protect. */
export function createGate(redis: RedisClient): Gate {
  if (!(redis instanceof Cluster)) return { pass: (_key, work) => work() };
  const primaries = new Map<string, Primary>();
  const moving = new Map<number, number>();

  const primaryNamed = (owner: string): Primary =>
    getOrCreate(primaries, owner, () => ({
      waiting: new Set(),
      heardAt: 0,
      isAway: false,
      isProbed: false,
      timer: undefined,
    }));

  const giveUp = (owner: string, primary: Primary) => {
    primary.isAway = true;
    const failure = away();
    for (const reject of primary.waiting) reject(failure);
    primary.waiting.clear();
    probe(owner, primary);
  };
  /** Checks the primary when it may have been silent for too long. Answers that have arrived are read first. */
  const watch = (owner: string, primary: Primary) => {
    if (primary.timer !== undefined || primary.waiting.size === 0) return;
    const look = () => {
      primary.timer = undefined;
      if (primary.waiting.size === 0) return;
      if (performance.now() - primary.heardAt >= SILENT_MS) giveUp(owner, primary);
      else watch(owner, primary);
    };
    const left = SILENT_MS - (performance.now() - primary.heardAt);
    primary.timer = setTimeout(() => setImmediate(look), Math.max(left, 1)).unref();
  };
  /** Probes a primary until it answers, or until it is not a primary any more. */
  function probe(owner: string, primary: Primary): void {
    if (primary.isProbed) return;
    primary.isProbed = true;
    const connection = primaryOf(redis, owner);
    const isBack = connection === undefined ? Promise.resolve() : connection.ping();
    isBack.then(
      () => {
        primary.isAway = false;
        primary.isProbed = false;
      },
      () => {
        const again = () => {
          primary.isProbed = false;
          if (redis.status !== 'end') probe(owner, primary);
        };
        setTimeout(again, PROBE_MS).unref();
      },
    );
  }

  return {
    pass(key, work) {
      const slot = keySlot(key);
      if ((moving.get(slot) ?? 0) > performance.now()) return Promise.reject(away());
      const owner = ownerOf(redis, key);
      const primary = primaryNamed(owner);
      if (primary.isAway) return Promise.reject(away());
      return new Promise((resolve, reject) => {
        if (primary.waiting.size === 0) primary.heardAt = performance.now();
        primary.waiting.add(reject);
        const heard = () => {
          primary.waiting.delete(reject);
          primary.heardAt = performance.now();
        };
        work().then(
          (answer) => {
            heard();
            resolve(answer);
          },
          (error) => {
            heard();
            if (isMoving(error)) moving.set(slot, performance.now() + MOVING_MS);
            else if (isUnanswered(error)) giveUp(owner, primary);
            reject(error);
          },
        );
        watch(owner, primary);
      });
    },
  };
}

/** Whether the keys of a slot are on two primaries now: a command for several keys has to wait until all have moved. */
function isMoving(error: unknown): boolean {
  return error instanceof Error && error.message.includes('TRYAGAIN');
}

/** Whether no primary has answered. A command that was redirected until ioredis gave up was answered each time. */
function isUnanswered(error: unknown): boolean {
  return (
    !isReply(error) &&
    !/^Too many Cluster redirections\. Last error: ReplyError/.test(
      String((error as Error).message),
    )
  );
}

function away(): Failure {
  return new Failure('unavailable', 'the store of this segment cannot be reached now; try again');
}
