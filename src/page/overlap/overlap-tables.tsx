import type { ComponentChildren } from 'preact';
import type { Overlap, OverlapPair, Users } from '../api/answers.js';
import { formatCount, formatInterval, formatShare } from '../parts/format.js';
import { NoUsers } from '../parts/no-users.js';
import { SegmentName } from '../parts/segment-name.js';
import { formatRoute } from '../routing/route.js';
import { LETTERS } from './circles.js';
import { Reliability } from './reliability.js';

/** The numbers of an overlap with their intervals. */
export function OverlapTables({ overlap }: { overlap: Overlap }) {
  const { segments, pairs, union, intersection } = overlap;
  const letterOf = (segment: string) =>
    LETTERS[segments.findIndex((one) => one.segment === segment)] ?? '';
  return (
    <div class="overlap-tables">
      <table>
        <caption>Segments</caption>
        <NumbersHead first="Segment" />
        <tbody>
          {segments.map(({ segment, ...users }, index) => (
            <NumbersRow key={segment} users={users}>
              <span class={`letter letter-${LETTERS[index]}`}>{LETTERS[index]}</span>{' '}
              <a href={formatRoute({ view: 'segment', segment, days: overlap.window.days })}>
                <SegmentName name={segment} />
              </a>
              <NoUsers users={users} />
            </NumbersRow>
          ))}
          {segments.length > 2 && (
            <>
              <NumbersRow users={intersection}>
                In all three <Reliability users={intersection} />
              </NumbersRow>
              <NumbersRow users={union}>In at least one</NumbersRow>
            </>
          )}
        </tbody>
      </table>
      {pairs.map((pair) => {
        const [first, second] = pair.segments.map(letterOf) as [string, string];
        return <PairTable key={first + second} pair={pair} first={first} second={second} />;
      })}
    </div>
  );
}

interface PairTableProps {
  pair: OverlapPair;
  /** The letters of the two segments. */
  first: string;
  second: string;
}

function PairTable({ pair, first, second }: PairTableProps) {
  const { intersection, only_first, only_second, union, jaccard } = pair;
  return (
    <table>
      <caption>
        {first} and {second}
      </caption>
      <NumbersHead first="Users" />
      <tbody>
        <NumbersRow users={intersection}>
          In both <Reliability users={intersection} />
        </NumbersRow>
        <NumbersRow users={only_first}>Only in {first}</NumbersRow>
        <NumbersRow users={only_second}>Only in {second}</NumbersRow>
        <NumbersRow users={union}>In at least one</NumbersRow>
        <tr>
          <th scope="row">Jaccard index</th>
          <td class="cell-number">{formatShare(jaccard.value)}</td>
          <td class="cell-number">
            {jaccard.exact ? 'exact' : formatInterval(jaccard.interval, formatShare)}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function NumbersHead({ first }: { first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        <th scope="col" class="cell-number">
          Estimate
        </th>
        <th scope="col" class="cell-number">
          95 % interval
        </th>
      </tr>
    </thead>
  );
}

interface NumbersRowProps {
  users: Users;
  children: ComponentChildren;
}

function NumbersRow({ users, children }: NumbersRowProps) {
  const { user_count, interval, exact, below_floor } = users;
  return (
    <tr>
      <th scope="row">{children}</th>
      <td class="cell-number">{below_floor ? 'hidden' : formatCount(user_count)}</td>
      <td class="cell-number">{exact ? 'exact' : formatInterval(interval)}</td>
    </tr>
  );
}
