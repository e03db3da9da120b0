import type { EstimationServiceClient, StoreBatchResponse } from '../../generated/segment.js';
import { createClockCheck } from '../../process/clock-check.js';
import { NotReady } from '../../process/probe.js';
import type { Logger } from '../../telemetry/logger.js';
import { call, checkHealth, type Health } from './calls.js';
import { createEsReasons } from './reasons.js';
import { createTokenCheck } from './token.js';

/** Requests that store and count nothing. ES answers them like other requests, and checks the credential. */
const EMPTY_STORE_REQUEST = { memberships: [], packed: undefined };
const EMPTY_COUNT_REQUEST = { segments: [], days: undefined };

/** How long ES may take to report its health, in milliseconds. */
const CHECK_TIMEOUT_MS = 1_000;

/**
 * Returns a function that checks whether USS can use ES: ES is reached and healthy, its clock agrees, and it accepts the
 * credential of USS. Otherwise the function rejects with the reason.
 *
 * @param clientOf the client to check with, which may be another one at each call
 * @param now the clock, in milliseconds
 */
export function createEsCheck(
  clientOf: () => EstimationServiceClient,
  logger: Logger,
  now: () => number,
): () => Promise<void> {
  const checkClock = createClockCheck(
    'ES',
    'ES decides what is too late or ahead, by its own',
    logger,
  );
  const reasons = createEsReasons();
  const mayStore = createTokenCheck();
  const mayCount = createTokenCheck();

  return async () => {
    const { status: health } = await call<Health>(Date.now() + CHECK_TIMEOUT_MS, (...args) =>
      checkHealth(clientOf(), ...args),
    ).catch((error) => {
      throw new Error(reasons.of(error), { cause: error });
    });
    reasons.forget();
    // Health needs no credential. These two calls do no work; they only show whether ES accepts the credential.
    const deadline = Date.now() + CHECK_TIMEOUT_MS;
    const asked = now();
    const stored = call<StoreBatchResponse>(deadline, (...args) =>
      clientOf().storeBatch(EMPTY_STORE_REQUEST, ...args),
    );
    const { state } = await stored.catch(() => ({ state: undefined }));
    if (health !== 'SERVING') {
      throw new NotReady(state?.notReady || 'it waits for what it depends on');
    }
    if (state?.time !== undefined) {
      checkClock(state.time.seconds * 1_000 + state.time.nanos / 1e6 - (asked + now()) / 2);
    }
    const counted = call(deadline, (...args) =>
      clientOf().countBatch(EMPTY_COUNT_REQUEST, ...args),
    );
    await Promise.all([mayStore(stored), mayCount(counted)]);
  };
}
