import { overlapOf } from '../api/requests.js';
import { chosenDays, DaysChoice } from '../parts/days-choice.js';
import { LoadState } from '../parts/load-state.js';
import { ViewHead } from '../parts/view-head.js';
import { goTo, replaceRoute } from '../routing/current-route.js';
import type { Route } from '../routing/route.js';
import { useTitle } from '../routing/use-title.js';
import { useLoaded } from '../state/use-loaded.js';
import { EulerDiagram } from './euler-diagram.js';
import { OverlapTables } from './overlap-tables.js';
import { SegmentChoice } from './segment-choice.js';

type OverlapRoute = Extract<Route, { view: 'overlap' }>;

/** How many users two or three segments share. */
export function OverlapView({ route }: { route: OverlapRoute }) {
  const heading = useTitle('Overlap');
  const days = chosenDays(route.days);
  return (
    <>
      <ViewHead
        heading={heading}
        title="Overlap"
        note="How many users two or three segments share"
      />
      <div class="toolbar">
        <DaysChoice days={days} onChange={(chosen) => replaceRoute({ ...route, days: chosen })} />
      </div>
      <SegmentChoice
        segments={route.segments}
        onChange={(segments) => goTo({ ...route, segments })}
      />
      {route.segments.length < 2 ? (
        <section class="notice">
          <h2>Choose {route.segments.length === 0 ? 'two segments' : 'another segment'}</h2>
          <p>Type a part of a name, and choose from what is found.</p>
        </section>
      ) : (
        <ChosenOverlap key={route.segments.join('\n')} segments={route.segments} days={days} />
      )}
    </>
  );
}

function ChosenOverlap({ segments, days }: { segments: string[]; days: number }) {
  const loaded = useLoaded(String(days), (signal) => overlapOf(segments, days, signal));
  const { data, isStale } = loaded;
  return (
    <>
      <LoadState loaded={loaded} asOf={data?.as_of} />
      {data && (
        <div class="overlap" aria-busy={isStale}>
          <EulerDiagram overlap={data} />
          <OverlapTables overlap={data} />
        </div>
      )}
    </>
  );
}
