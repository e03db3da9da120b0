import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { createStreamLife, type StreamLife } from '../../src/es/grpc/stream-life.js';

const MAX_IN_FLIGHT = 2;

describe('the life of a stream of batches', () => {
  let actions: string[];
  let life: StreamLife;

  beforeEach(() => {
    actions = [];
    life = createStreamLife(MAX_IN_FLIGHT, {
      pause: () => void actions.push('pause'),
      resume: () => void actions.push('resume'),
      finish: (why) => void actions.push(`finish ${why?.kind ?? 'well'}`),
    });
  });

  const EVENTS = {
    read: () => life.read(),
    answered: () => life.answered(true),
    untaken: () => life.answered(false),
    drained: () => life.drained(),
    end: () => life.end(),
    expire: () => life.end(new Failure('unauthenticated', 'expired')),
    gone: () => life.gone(),
  };
  type Event = keyof typeof EVENTS;

  for (const [what, events, state, done] of [
    ['reads while less are worked on than may be', ['read'], 'open', []],
    ['reads no more once as many are', ['read', 'read'], 'busy', ['pause']],
    ['reads on when one is answered', ['read', 'read', 'answered'], 'open', ['pause', 'resume']],
    ['reads nothing while answers are not taken', ['read', 'untaken'], 'blocked', ['pause']],
    ['is told once to read nothing', ['read', 'read', 'untaken'], 'blocked', ['pause']],
    [
      'reads nothing before all answers are taken',
      ['read', 'read', 'untaken', 'answered'],
      'blocked',
      ['pause'],
    ],
    ['reads on once they are', ['read', 'untaken', 'drained'], 'open', ['pause', 'resume']],
    ['goes on where answers were taken all along', ['drained'], 'open', []],
    ['ends at once where nothing is worked on', ['end'], 'over', ['pause', 'finish well']],
    ['first answers what it has read', ['read', 'end'], 'ending', ['pause']],
    ['ends with the last answer', ['read', 'end', 'answered'], 'over', ['pause', 'finish well']],
    [
      'ends although its answers are not taken',
      ['read', 'end', 'untaken'],
      'over',
      ['pause', 'finish well'],
    ],
    [
      'reads nothing while it ends',
      ['read', 'untaken', 'end', 'drained'],
      'over',
      ['pause', 'finish well'],
    ],
    ['ends with a failure', ['expire'], 'over', ['pause', 'finish unauthenticated']],
    [
      'ends with a failure that comes while it ends',
      ['read', 'end', 'expire', 'answered'],
      'over',
      ['pause', 'finish unauthenticated'],
    ],
    ['keeps the failure it ends with', ['read', 'expire', 'end'], 'ending', ['pause']],
    ['ends once', ['end', 'end'], 'over', ['pause', 'finish well']],
    ['does nothing once it is gone', ['read', 'gone', 'answered', 'drained', 'end'], 'over', []],
    ['ends nothing that is gone', ['read', 'end', 'gone', 'answered'], 'over', ['pause']],
  ] as [string, Event[], string, string[]][]) {
    it(`${what}: ${events.join(', ')}`, () => {
      for (const event of events) EVENTS[event]();
      expect([life.state, actions]).to.deep.equal([state, done]);
    });
  }
});
