import type { Failure } from '../../domain/failure.js';

/**
 * - `open`: batches are read
 * - `busy`: ES works on the maximum of batches; the next is read when one is answered
 * - `blocked`: the client does not take its answers; the next batch is read when the client has taken them
 * - `ending`: no batch is read any more; those that were read are still answered
 * - `over`: nothing is read or answered any more
 */
type StreamState = 'open' | 'busy' | 'blocked' | 'ending' | 'over';

/** The actions that a stream takes when its state changes. */
export interface StreamActions {
  pause(): void;
  resume(): void;
  /** Ends the stream. @param why the failure that it ends with; undefined for success */
  finish(why: Failure | undefined): void;
}

/** The life of a stream of batches, as a state machine: each method is an event, and its effect depends on the state. */
export interface StreamLife {
  readonly state: StreamState;
  /** A batch was read. */
  read(): void;
  /** A batch was answered. @param isTaken whether the next answer can be written before the client takes this one */
  answered(isTaken: boolean): void;
  /** The client has taken all answers. */
  drained(): void;
  /** The stream has to end as soon as all batches that were read are answered. @param why the failure that it ends with */
  end(why?: Failure): void;
  /** The stream no longer exists: it was closed, cancelled or has failed. */
  gone(): void;
}

/** @param maxInFlight maximum of batches that ES works on at the same time */
export function createStreamLife(maxInFlight: number, actions: StreamActions): StreamLife {
  let state: StreamState = 'open';
  let inFlight = 0;
  let failure: Failure | undefined;

  const stop = (next: 'busy' | 'blocked' | 'ending') => {
    if (state === 'open') actions.pause();
    state = next;
  };
  const open = () => {
    state = 'open';
    actions.resume();
  };
  const finishWhenDone = () => {
    if (inFlight > 0) return;
    state = 'over';
    actions.finish(failure);
  };

  return {
    get state() {
      return state;
    },
    read() {
      inFlight += 1;
      if (state === 'open' && inFlight >= maxInFlight) stop('busy');
    },
    answered(isTaken) {
      inFlight -= 1;
      if (state === 'ending') finishWhenDone();
      else if (state === 'over' || state === 'blocked') return;
      else if (!isTaken) stop('blocked');
      else if (state === 'busy') open();
    },
    drained() {
      if (state === 'blocked') open();
    },
    end(why) {
      failure ??= why;
      if (state === 'over' || state === 'ending') return;
      stop('ending');
      finishWhenDone();
    },
    gone() {
      state = 'over';
    },
  };
}
