import { useState } from 'preact/hooks';
import { estimateSegment, historyOf } from '../api/requests.js';
import { chosenDays, DaysChoice } from '../parts/days-choice.js';
import { DeleteDialog } from '../parts/delete-dialog.js';
import { formatTime } from '../parts/format.js';
import { LoadState } from '../parts/load-state.js';
import { NoUsers } from '../parts/no-users.js';
import { SegmentName } from '../parts/segment-name.js';
import { ViewHead } from '../parts/view-head.js';
import { goTo, replaceRoute } from '../routing/current-route.js';
import { ALL_SEGMENTS, formatRoute, type Route } from '../routing/route.js';
import { useTitle } from '../routing/use-title.js';
import { useLoaded } from '../state/use-loaded.js';
import { DownloadHistory } from './download-history.js';
import { EstimateFigures } from './estimate-figures.js';
import { HistoryChart } from './history-chart.js';
import { HistoryTable } from './history-table.js';

/** The view of one segment: its estimate and its history. */
export function SegmentView({ route }: { route: Extract<Route, { view: 'segment' }> }) {
  const { segment } = route;
  const days = chosenDays(route.days);
  const heading = useTitle(segment);
  const [isDeleting, setIsDeleting] = useState(false);
  const loaded = useLoaded(String(days), (signal) => loadSegment(segment, days, signal));
  const { data, isStale } = loaded;

  return (
    <>
      <ViewHead
        heading={heading}
        before={<a href="#/">Segments</a>}
        title={<SegmentName name={segment} />}
        note={data && `as of ${formatTime(data.estimate.as_of)}`}
      />
      <div class="toolbar">
        <DaysChoice days={days} onChange={(chosen) => replaceRoute({ ...route, days: chosen })} />
        <a
          class="button"
          href={formatRoute({ view: 'overlap', segments: [segment], days: undefined })}
        >
          Compare with others
        </a>
        {data && <DownloadHistory segment={segment} history={data.history} />}
        <button type="button" class="danger-quiet" onClick={() => setIsDeleting(true)}>
          Delete
        </button>
      </div>
      <LoadState loaded={loaded} asOf={data?.estimate.as_of} />
      {data && (
        <div aria-busy={isStale}>
          <EstimateFigures estimate={data.estimate} />
          <NoUsers users={data.estimate} />
          <HistoryChart history={data.history} days={data.estimate.window.days} />
          <HistoryTable history={data.history} />
        </div>
      )}
      {isDeleting && (
        <DeleteDialog
          segment={segment}
          onClose={() => setIsDeleting(false)}
          onDeleted={() => goTo(ALL_SEGMENTS)}
        />
      )}
    </>
  );
}

async function loadSegment(segment: string, days: number, signal: AbortSignal) {
  const [estimate, { history }] = await Promise.all([
    estimateSegment(segment, days, signal),
    historyOf(segment, signal),
  ]);
  return { estimate, history };
}
