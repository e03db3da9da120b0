import { useEffect, useRef, useState } from 'preact/hooks';
import { type ListQuery, listSegments, type Sort } from '../api/requests.js';
import { DeleteDialog } from '../parts/delete-dialog.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { formatTime, plural } from '../parts/format.js';
import { Loading } from '../parts/loading.js';
import { goTo, replaceRoute } from '../routing/current-route.js';
import { type Route, usualOrder } from '../routing/route.js';
import { useTitle } from '../routing/use-title.js';
import { announce } from '../state/announcement.js';
import { useLoaded } from '../state/use-loaded.js';
import { DownloadAll } from './download-all.js';
import { NoSegments } from './no-segments.js';
import { Pager } from './pager.js';
import { SearchField } from './search-field.js';
import { SegmentsTable } from './segments-table.js';

/** The list of known segments. */
export function SegmentsView({ route }: { route: Extract<Route, { view: 'segments' }> }) {
  const { view: _, ...query } = route;
  const heading = useTitle('All segments');
  const [deleting, setDeleting] = useState<string>();
  const list = useLoaded(JSON.stringify(query), (signal) => listSegments(query, signal));
  const { data: page, failure, isStale, reload } = list;
  useAnnouncedTotal(query.search, isStale ? undefined : page?.total);

  const sortBy = (sort: Sort) => {
    const flipped = query.order === 'asc' ? 'desc' : 'asc';
    const order = query.sort === sort ? flipped : usualOrder(sort);
    goTo({ ...route, sort, order, cursor: '' });
  };
  const turnTo = (cursor: string) => {
    goTo({ ...route, cursor });
    scrollTo(0, 0);
  };

  return (
    <>
      <div class="view-head">
        <h1 ref={heading} tabIndex={-1}>
          Segments
        </h1>
        {page && (
          <p class="muted">
            {plural(page.total, 'segment')}
            {query.search !== '' && ' found'}, as of {formatTime(page.as_of)}
          </p>
        )}
      </div>
      <div class="toolbar">
        <SearchField
          search={query.search}
          onSearch={(search) => replaceRoute({ ...route, search, cursor: '' })}
        />
        {page && page.total > 0 && <DownloadAll query={query} total={page.total} />}
      </div>
      {failure && (
        <FailureNotice
          failure={failure}
          shownSince={page && formatTime(page.as_of)}
          onRetry={reload}
        />
      )}
      {page === undefined && failure === undefined && <Loading />}
      {page?.total === 0 && <NoSegments search={query.search} />}
      {page && page.total > 0 && (
        <SegmentsTable
          {...{ segments: page.segments, query, isStale }}
          onSort={sortBy}
          onDelete={setDeleting}
        />
      )}
      {page && <Pager cursor={query.cursor} next={page.next_cursor} onCursor={turnTo} />}
      {deleting !== undefined && (
        <DeleteDialog
          segment={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={() => {
            reload();
            heading.current?.focus();
          }}
        />
      )}
    </>
  );
}

/** Tells how many a search has found, once it has. */
function useAnnouncedTotal(search: ListQuery['search'], total: number | undefined): void {
  const announced = useRef(search);
  useEffect(() => {
    if (total === undefined || announced.current === search) return;
    announced.current = search;
    announce(`${plural(total, 'segment')} found`);
  }, [search, total]);
}
