import type { Loaded } from '../state/use-loaded.js';
import { FailureNotice } from './failure-notice.js';
import { formatTime } from './format.js';
import { Loading } from './loading.js';

export interface LoadStateProps {
  loaded: Loaded<unknown>;
  /** When what is shown was so. */
  asOf: string | undefined;
}

/** Says that something is about to come, or why it does not. */
export function LoadState({ loaded, asOf }: LoadStateProps) {
  const { data, failure, reload } = loaded;
  if (failure === undefined) return data === undefined ? <Loading /> : null;
  return <FailureNotice failure={failure} shownSince={asOf && formatTime(asOf)} onRetry={reload} />;
}
