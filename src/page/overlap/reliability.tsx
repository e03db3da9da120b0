/** Shows whether a number of shared users is reliable. */
export function Reliability({ reliable }: { reliable: boolean }) {
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
