import type { SharedUsers } from '../api/answers.js';

/** Shows whether a number of shared users is reliable; nothing if it is exact. */
export function Reliability({ users: { exact, reliable } }: { users: SharedUsers }) {
  if (exact) return null;
  return reliable ? (
    <span class="reliability" title="The interval is within 20 % of the estimate">
      reliable
    </span>
  ) : (
    <span
      class="reliability reliability-rough"
      title="The interval reaches further than 20 % from the estimate"
    >
      rough, go by the interval
    </span>
  );
}
