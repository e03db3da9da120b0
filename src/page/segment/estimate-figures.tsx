import type { SegmentEstimate } from '../api/answers.js';
import { formatCount, formatDay, formatInterval, plural } from '../parts/format.js';

/** The count of a segment, with its error. */
export function EstimateFigures({ estimate }: { estimate: SegmentEstimate }) {
  const { user_count, interval, standard_error, exact, below_floor, window } = estimate;
  const range =
    window.days === 1
      ? formatDay(window.to)
      : `${formatDay(window.from)} to ${formatDay(window.to)}`;
  return (
    <dl class="figures">
      <div class="figure figure-main">
        <dt>Users</dt>
        <dd>{below_floor ? `below ${formatCount(interval.high + 1)}` : formatCount(user_count)}</dd>
      </div>
      <div class="figure">
        <dt>95 % interval</dt>
        <dd>{exact ? 'exact' : formatInterval(interval)}</dd>
      </div>
      {!below_floor && !exact && (
        <div class="figure">
          <dt>Standard error</dt>
          <dd>
            ± {standard_error < 10 ? standard_error : formatCount(Math.round(standard_error))}
          </dd>
        </div>
      )}
      <div class="figure">
        <dt>{plural(window.days, 'UTC day')}</dt>
        <dd>{range}</dd>
      </div>
    </dl>
  );
}
