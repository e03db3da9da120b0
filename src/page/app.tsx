import { OverlapView } from './overlap/overlap-view.js';
import { Announcer } from './parts/announcer.js';
import { Header } from './parts/header.js';
import { NothingView } from './parts/nothing-view.js';
import { currentRoute } from './routing/current-route.js';
import { SegmentView } from './segment/segment-view.js';
import { SegmentsView } from './segments/segments-view.js';
import { useStore } from './state/store.js';

/** The whole page: what is always there, and the view that its URL asks for. */
export function App() {
  return (
    <>
      <button type="button" class="skip-link" onClick={skipToMain}>
        Skip to content
      </button>
      <Header />
      <main id="main" tabIndex={-1}>
        <View />
      </main>
      <Announcer />
    </>
  );
}

function View() {
  const route = useStore(currentRoute);
  switch (route.view) {
    case 'segments':
      return <SegmentsView route={route} />;
    case 'segment':
      return <SegmentView key={route.segment} route={route} />;
    case 'overlap':
      return <OverlapView route={route} />;
    case 'nothing':
      return <NothingView />;
  }
}

/** A link would change the part of the URL after #, which is the view. */
function skipToMain(): void {
  document.getElementById('main')?.focus();
}
