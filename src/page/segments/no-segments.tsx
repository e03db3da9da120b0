import { SegmentName } from '../parts/segment-name.js';

/** Shown instead of an empty list. */
export function NoSegments({ search }: { search: string }) {
  if (search !== '') {
    return (
      <section class="notice">
        <h2>
          No segment has “<SegmentName name={search} />” in its name
        </h2>
        <p>
          <a href="#/">All segments</a>
        </p>
      </section>
    );
  }
  return (
    <section class="notice">
      <h2>No segments yet</h2>
      <p>A segment appears here once a user was stored for it within the window, for example by</p>
      <pre>
        <code>
          {`curl ${new URL('segment', location.href)} -H 'content-type: application/json' \\
    -d '{"segment":"sport","user_id":"u104010"}'`}
        </code>
      </pre>
    </section>
  );
}
