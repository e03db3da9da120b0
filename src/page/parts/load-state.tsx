import type { Loaded } from '../state/use-loaded.js';
import { FailureNotice } from './failure-notice.js';
import { formatTime } from './format.js';
import { Loading } from './loading.js';

export interface LoadStateProps {
  loaded: Loaded<unknown>;
  /** The time of the data that are shown. */
  asOf: string | undefined;
}

/** Shows that data are being loaded, or why they cannot be loaded. */
export function LoadState({ loaded, asOf }: LoadStateProps) {
  const { data, failure, reload } = loaded;
  if (failure === undefined) return data === undefined ? <Loading /> : null;
  return <FailureNotice failure={failure} shownSince={asOf && formatTime(asOf)} onRetry={reload} />;
}
