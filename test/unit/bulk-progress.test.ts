import { expect } from 'chai';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.js';
import type { BulkSink } from '../../src/http/bulk/batcher.js';
import { storeBulk } from '../../src/http/bulk/bulk.js';
import { createBulkRoom } from '../../src/http/bulk/room.js';
import { keeper, lines, membership, TODAY, usersIn } from '../support/bulk.js';

describe('A bulk body that fails halfway', () => {
  /** What each line of a body is: stored, refused as it is read, or refused when the others are stored. */
  const kinds = fc.array(fc.constantFrom('stored', 'refused', 'old'), {
    minLength: 1,
    maxLength: 60,
  });
  /** Of no line at a time, of some, and of more than there are. */
  const roomBytes = fc.integer({ min: 1, max: 4_000 });
  const addKind = (sink: BulkSink, kind: string | undefined, line: number) =>
    kind === 'refused'
      ? sink.refuse(line, new Failure('invalid', 'refused'))
      : sink.add(line, membership(line, kind === 'old' ? TODAY - 14 : TODAY));
  const count = (lines: readonly string[], wanted: (kind: string) => boolean) =>
    lines.filter(wanted).length;

  it('names the first line that was not stored, and tells of nothing behind it', () =>
    fc.assert(
      fc.asyncProperty(
        kinds,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { minLength: 60, maxLength: 60 }),
        fc.nat(60),
        roomBytes,
        async (body, maxBatch, fates, brokenAt, bytes) => {
          const room = createBulkRoom(bytes);
          const stored = new Set<string>();
          let batches = 0;
          const service = keeper(async (groups) => {
            const [fails, rounds] = fates[batches] as [boolean, number];
            batches += 1;
            for (let round = 0; round < rounds; round += 1) await new Promise(setImmediate);
            if (fails && batches % 3 === 0) throw new Failure('unavailable', 'away');
            for (const userId of usersIn(groups)) stored.add(userId);
          });
          const read = lines(body.length, 4, (sink, line) => {
            if (line === brokenAt) throw new Failure('invalid', 'broken');
            addKind(sink, body[line - 1], line);
          });
          const outcome = await storeBulk(service, read, { room, maxBatch }).catch(
            (error) => error,
          );
          expect(room.kept).to.equal(0);
          const { accepted, rejected, errors, line } = {
            line: body.length + 1,
            ...(outcome instanceof Failure ? outcome.options.members : outcome),
          };
          if (outcome instanceof Failure && brokenAt === 1) return;
          const before = body.slice(0, line - 1);
          expect(accepted).to.equal(count(before, (kind) => kind === 'stored'));
          expect(rejected).to.equal(count(before, (kind) => kind !== 'stored'));
          expect(errors).to.have.length(Math.min(rejected, 20));
          for (const error of errors) expect(error.line).to.be.below(line);
          before.forEach((kind, index) => {
            if (kind === 'stored') expect(stored).to.include(`u${index + 1}`);
          });
          // What stands there was not stored, or not read.
          if (body[line - 1] === 'stored') expect(stored).not.to.include(`u${line}`);
        },
      ),
    ));

  it('comes to the end of a charged body that is sent from there on, whenever its charge is told', () =>
    fc.assert(
      fc.asyncProperty(
        kinds,
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        roomBytes,
        async (body, burst, isLate, bytes) => {
          let left = burst;
          const limited = new Failure('limited', 'too much');
          const service = keeper(async (groups) => {
            if (isLate) await new Promise(setImmediate);
            const asked = usersIn(groups).length;
            if (asked > left) throw limited;
            left -= asked;
          });
          const chargeRefused = (refused: number) => {
            const isTooMuch = refused > left;
            left = Math.max(0, left - refused);
            if (isTooMuch) throw limited;
          };
          const options = { room: createBulkRoom(bytes), maxBatch: burst, chargeRefused };
          const total = { accepted: 0, rejected: 0 };
          let rest: readonly string[] = body;
          for (let times = 0; rest.length > 0; times += 1) {
            expect(times).to.be.at.most(body.length);
            left = burst;
            const read = lines(rest.length, 3, (sink, line) => addKind(sink, rest[line - 1], line));
            const outcome = await storeBulk(service, read, options).catch((error) => error);
            const summary = outcome instanceof Failure ? outcome.options.members : outcome;
            total.accepted += summary.accepted;
            total.rejected += summary.rejected;
            rest = rest.slice((summary.line ?? rest.length + 1) - 1);
          }
          expect(total).to.deep.equal({
            accepted: count(body, (kind) => kind === 'stored'),
            rejected: count(body, (kind) => kind !== 'stored'),
          });
        },
      ),
    ));
});
