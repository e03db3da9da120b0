import { OverlapView } from './overlap/overlap-view.js';
import { Announcer } from './parts/announcer.js';
import { Header } from './parts/header.js';
import { NothingView } from './parts/nothing-view.js';
import { currentRoute } from './routing/current-route.js';
import { SegmentView } from './segment/segment-view.js';
import { SegmentsView } from './segments/segments-view.js';
import { useStore } from './state/store.js';

/** The whole page: its header, and the view of its URL. */
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

/** A button, because a link would change the fragment of the URL, which is the view. */
function skipToMain(): void {
  document.getElementById('main')?.focus();
}
