import { useState } from 'preact/hooks';
import { estimateSegment, historyOf } from '../api/requests.js';
import { chosenDays, DaysChoice } from '../parts/days-choice.js';
import { DeleteDialog } from '../parts/delete-dialog.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { formatTime } from '../parts/format.js';
import { Loading } from '../parts/loading.js';
import { goTo, replaceRoute } from '../routing/current-route.js';
import { ALL_SEGMENTS, formatRoute, type Route } from '../routing/route.js';
import { useTitle } from '../routing/use-title.js';
import { useLoaded } from '../state/use-loaded.js';
import { DownloadHistory } from './download-history.js';
import { EstimateFigures } from './estimate-figures.js';
import { HistoryChart } from './history-chart.js';
import { HistoryTable } from './history-table.js';

/** All that is known of a segment. */
export function SegmentView({ route }: { route: Extract<Route, { view: 'segment' }> }) {
  const { segment } = route;
  const days = chosenDays(route.days);
  const heading = useTitle(segment);
  const [isDeleting, setIsDeleting] = useState(false);
  const { data, failure, isStale, reload } = useLoaded(String(days), async (signal) => {
    const [estimate, { history }] = await Promise.all([
      estimateSegment(segment, days, signal),
      historyOf(segment, signal),
    ]);
    return { estimate, history };
  });

  return (
    <>
      <div class="view-head">
        <p class="breadcrumb">
          <a href="#/">Segments</a>
        </p>
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{segment}</bdi>
        </h1>
        {data && <p class="muted">as of {formatTime(data.estimate.as_of)}</p>}
      </div>
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
      {failure && (
        <FailureNotice
          failure={failure}
          shownSince={data && formatTime(data.estimate.as_of)}
          onRetry={reload}
        />
      )}
      {data === undefined && failure === undefined && <Loading />}
      {data && (
        <div aria-busy={isStale}>
          <EstimateFigures estimate={data.estimate} />
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
