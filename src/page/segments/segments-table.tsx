import type { ListedSegment } from '../api/answers.js';
import type { ListQuery, Order, Sort } from '../api/requests.js';
import { formatCount, formatDay } from '../parts/format.js';
import { SegmentName } from '../parts/segment-name.js';
import { formatRoute } from '../routing/route.js';
import { windowDays } from '../state/window-days.js';
import { Change } from './change.js';
import { Sparkline } from './sparkline.js';

export interface SegmentsTableProps {
  segments: readonly ListedSegment[];
  query: ListQuery;
  isStale: boolean;
  onSort: (sort: Sort) => void;
  onDelete: (segment: string) => void;
}

const ARIA_SORT: Record<Order, 'ascending' | 'descending'> = {
  asc: 'ascending',
  desc: 'descending',
};

/** The table of one page of the list. */
export function SegmentsTable({ segments, query, isStale, onSort, onDelete }: SegmentsTableProps) {
  const sortable = (sort: Sort, title: string, className: string) => (
    <SortableHeader
      title={title}
      className={className}
      order={query.sort === sort ? query.order : undefined}
      onSort={() => onSort(sort)}
    />
  );
  return (
    <table class="segments" aria-busy={isStale}>
      <caption class="visually-hidden">
        Segments with their users over {windowDays} days; the headings with buttons sort them
      </caption>
      <thead>
        <tr>
          {sortable('name', 'Segment', 'cell-name')}
          {sortable('count', 'Users', 'cell-number')}
          <th scope="col" class="cell-number" title="Users of the last 7 days against the 7 before">
            7-day change
          </th>
          <th scope="col" class="cell-days">
            {windowDays} days
          </th>
          {sortable('last_active', 'Last active', 'cell-date')}
          <th scope="col" class="cell-action">
            <span class="visually-hidden">Delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {segments.map((listed) => (
          <SegmentRow key={listed.segment} {...listed} onDelete={onDelete} />
        ))}
      </tbody>
    </table>
  );
}

interface SortableHeaderProps {
  title: string;
  className: string;
  /** Undefined while the list is sorted by another column. */
  order: Order | undefined;
  onSort: () => void;
}

function SortableHeader({ title, className, order, onSort }: SortableHeaderProps) {
  return (
    <th scope="col" class={className} aria-sort={order && ARIA_SORT[order]}>
      <button type="button" class="sort" onClick={onSort}>
        {title}
        <span class="sort-mark" aria-hidden="true">
          {order === undefined ? '' : order === 'asc' ? '↑' : '↓'}
        </span>
      </button>
    </th>
  );
}

type SegmentRowProps = ListedSegment & Pick<SegmentsTableProps, 'onDelete'>;

function SegmentRow({ onDelete, ...listed }: SegmentRowProps) {
  const { segment, user_count, week, days, last_active } = listed;
  return (
    <tr>
      <th scope="row" class="cell-name">
        <a href={formatRoute({ view: 'segment', segment, days: undefined })}>
          <SegmentName name={segment} />
        </a>
      </th>
      <td class="cell-number">{formatCount(user_count)}</td>
      <td class="cell-number">{week && <Change {...week} />}</td>
      <td class="cell-days">{days && <Sparkline days={days} />}</td>
      <td class="cell-date">
        <time dateTime={last_active}>{formatDay(last_active)}</time>
      </td>
      <td class="cell-action">
        <button
          type="button"
          class="quiet"
          aria-label={`Delete ${segment}`}
          onClick={() => onDelete(segment)}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}
