import type { ListedSegment } from '../api/answers.js';
import { formatChange, formatCount } from '../parts/format.js';
import { windowDays } from '../state/window-days.js';

const TWO_WEEKS = 14;

/** The change of the users of the last 7 days against the 7 days before. */
export function Change({ now, before }: NonNullable<ListedSegment['week']>) {
  if (windowDays < TWO_WEEKS || (now === 0 && before === 0)) return <span class="muted">–</span>;
  const title = `${formatCount(now)} in the last 7 days, ${formatCount(before)} in the 7 before`;
  if (before === 0) {
    return (
      <span class="change-up" title={title}>
        new
      </span>
    );
  }
  const direction = now > before ? 'change-up' : now < before ? 'change-down' : 'muted';
  return (
    <span class={direction} title={title}>
      {formatChange(now, before)}
    </span>
  );
}
