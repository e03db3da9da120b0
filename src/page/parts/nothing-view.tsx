import { useTitle } from '../routing/use-title.js';

/** For links that lead to no view. */
export function NothingView() {
  const heading = useTitle('Nothing here');
  return (
    <div class="notice">
      <h1 ref={heading} tabIndex={-1}>
        Nothing here
      </h1>
      <p>
        This link leads to no view. <a href="#/">All segments</a>
      </p>
    </div>
  );
}
