import type { RequestFailure } from '../api/request-failure.js';
import { live } from '../state/auto-refresh.js';
import { useStore } from '../state/store.js';
import { SignIn } from './sign-in.js';

export interface FailureNoticeProps {
  failure: RequestFailure;
  /** The time of the data that are still shown; undefined if there are none. */
  shownSince?: string | undefined;
  onRetry: () => void;
}

/** Shows why there is no answer, and what the user can do. */
export function FailureNotice({ failure, shownSince, onRetry }: FailureNoticeProps) {
  const isLive = useStore(live);
  if (failure.status === 401 || failure.status === 403) return <SignIn failure={failure} />;
  return (
    <section class="notice failure" role="alert">
      <h2>{titleOf(failure.status)}</h2>
      <p>
        {sentence(failure.message)} {isLive && 'The page asks again every 5 seconds.'}
      </p>
      <p class="notice-actions">
        <button type="button" onClick={onRetry}>
          Try again
        </button>
        {shownSince !== undefined && <span class="muted">What is shown is from {shownSince}.</span>}
      </p>
    </section>
  );
}

/** Capitalises a message of the API. Such messages begin with a lower-case letter. */
function sentence(detail: string): string {
  return `${detail.slice(0, 1).toUpperCase()}${detail.slice(1).replace(/\.$/, '')}.`;
}

function titleOf(status: number): string {
  switch (status) {
    case 0:
      return 'No answer';
    case 400:
      return 'This cannot be asked';
    case 429:
      return 'Too many requests';
    case 503:
      return 'Counts are not available now';
    case 504:
      return 'It took too long';
    default:
      return 'Something went wrong';
  }
}
