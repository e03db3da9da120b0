import { useTitle } from '../routing/use-title.js';
import { ViewHead } from './view-head.js';

/** Shown for links that match no view. */
export function NothingView() {
  const heading = useTitle('Nothing here');
  return (
    <div class="notice">
      <ViewHead heading={heading} title="Nothing here" />
      <p>
        This link leads to no view. <a href="#/">All segments</a>
      </p>
    </div>
  );
}
