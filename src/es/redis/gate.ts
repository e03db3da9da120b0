import keySlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { Failure } from '../../domain/failure.js';
import { ownerOf, primaryOf, type RedisClient } from './client.js';
import { isReply } from './failures.js';

/** Keeps what is for one primary of a Cluster from holding up what is for the others. */
export interface Gate {
  /**
   * Does some work with a key, unless its primary does not answer, or its slot is being moved; then it fails at once. Work
   * that is given up goes on.
   *
   * @throws Failure `unavailable`, or what the work throws
   */
  pass<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** How long a primary may be silent while it is asked: longer than a fork of it takes, or a large batch. */
const SILENT_MS = 500;

/** How long what is for a slot that is being moved is refused without asking. */
const MOVING_MS = 500;

/** How often a primary that does not answer is asked whether it is back. */
const PROBE_MS = 100;

interface Primary {
  /** What waits for an answer, and how it is given up. */
  waiting: Set<(failure: Failure) => void>;
  /** When the last answer came, or the first of those that wait was sent. */
  heardAt: number;
  isAway: boolean;
  isProbed: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Where there is one primary everything passes: there is nothing else to do meanwhile. */
export function createGate(redis: RedisClient): Gate {
  if (!(redis instanceof Cluster)) return { pass: (_key, work) => work() };
  const primaries = new Map<string, Primary>();
  const moving = new Map<number, number>();

  const primaryNamed = (owner: string): Primary => {
    let primary = primaries.get(owner);
    if (primary === undefined) {
      const nothing = { heardAt: 0, isAway: false, isProbed: false, timer: undefined };
      primary = { waiting: new Set(), ...nothing };
      primaries.set(owner, primary);
    }
    return primary;
  };

  const giveUp = (owner: string, primary: Primary) => {
    primary.isAway = true;
    const failure = away();
    for (const fail of primary.waiting) fail(failure);
    primary.waiting.clear();
    probe(owner, primary);
  };
  /** Looks once it may have been silent for too long; what has come meanwhile is read first. */
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
  /** Asks one that does not answer until it does, or is no primary any more. */
  function probe(owner: string, primary: Primary): void {
    if (primary.isProbed) return;
    primary.isProbed = true;
    const connection = primaryOf(redis, owner);
    const isBack = connection === undefined ? Promise.resolve() : connection.ping();
    isBack.then(
      () => {
        [primary.isAway, primary.isProbed] = [false, false];
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

/** A slot whose keys are at two primaries by now: what needs several of them waits until it has moved. */
function isMoving(error: unknown): boolean {
  return error instanceof Error && error.message.includes('TRYAGAIN');
}

/** What was sent from one to the next until ioredis gave up was answered by all of them. */
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
