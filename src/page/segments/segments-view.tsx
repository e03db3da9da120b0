import { useEffect, useRef, useState } from 'preact/hooks';
import type { SegmentPage } from '../api/answers.js';
import { type ListQuery, listSegments, type Sort } from '../api/requests.js';
import { DeleteDialog } from '../parts/delete-dialog.js';
import { formatTime, plural } from '../parts/format.js';
import { LoadState } from '../parts/load-state.js';
import { ViewHead } from '../parts/view-head.js';
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

type ListRoute = Extract<Route, { view: 'segments' }>;

/** The list of known segments. */
export function SegmentsView({ route }: { route: ListRoute }) {
  const { view: _, ...query } = route;
  const heading = useTitle('All segments');
  const [deleting, setDeleting] = useState<string>();
  const list = useLoaded(JSON.stringify(query), (signal) => listSegments(query, signal));
  const { data: page, isStale } = list;
  useTotalAnnouncement(query.search, isStale ? undefined : page?.total);

  return (
    <>
      <ViewHead heading={heading} title="Segments" note={page && noteOf(page, query.search)} />
      <div class="toolbar">
        <SearchField
          search={query.search}
          onSearch={(search) => replaceRoute({ ...route, search, cursor: '' })}
        />
        {page && page.total > 0 && <DownloadAll query={query} total={page.total} />}
      </div>
      <LoadState loaded={list} asOf={page?.as_of} />
      {page && <ListedPage page={page} route={route} isStale={isStale} onDelete={setDeleting} />}
      {deleting !== undefined && (
        <DeleteDialog
          segment={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={() => {
            list.reload();
            heading.current?.focus();
          }}
        />
      )}
    </>
  );
}

function noteOf({ total, as_of }: SegmentPage, search: string): string {
  const found = search === '' ? '' : ' found';
  return `${plural(total, 'segment')}${found}, as of ${formatTime(as_of)}`;
}

interface ListedPageProps {
  page: SegmentPage;
  route: ListRoute;
  isStale: boolean;
  onDelete: (segment: string) => void;
}

function ListedPage({ page, route, isStale, onDelete }: ListedPageProps) {
  const sortBy = (sort: Sort) => {
    const flipped = route.order === 'asc' ? 'desc' : 'asc';
    const order = route.sort === sort ? flipped : usualOrder(sort);
    goTo({ ...route, sort, order, cursor: '' });
  };
  const goToPage = (cursor: string) => {
    goTo({ ...route, cursor });
    scrollTo(0, 0);
  };
  const { segments } = page;
  return (
    <>
      {page.total === 0 ? (
        <NoSegments search={route.search} />
      ) : (
        <SegmentsTable
          segments={segments}
          query={route}
          isStale={isStale}
          onDelete={onDelete}
          onSort={sortBy}
        />
      )}
      <Pager cursor={route.cursor} next={page.next_cursor} onCursor={goToPage} />
    </>
  );
}

/** Announces how many segments a search has found, once for each search. */
function useTotalAnnouncement(search: ListQuery['search'], total: number | undefined): void {
  const announced = useRef(search);
  useEffect(() => {
    if (total === undefined || announced.current === search) return;
    announced.current = search;
    announce(`${plural(total, 'segment')} found`);
  }, [search, total]);
}
