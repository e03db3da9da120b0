import { useMemo } from 'preact/hooks';
import type { Overlap } from '../api/answers.js';
import { formatCount } from '../parts/format.js';
import { LETTERS, layOutCircles } from './circles.js';

const WIDTH = 480;
const HEIGHT = 340;

/** An area-proportional Euler diagram. The tables next to it have the same numbers as text. */
export function EulerDiagram({ overlap }: { overlap: Overlap }) {
  const drawing = useMemo(
    () => layOutCircles(overlap, WIDTH, HEIGHT),
    [JSON.stringify([overlap.segments, overlap.pairs, overlap.intersection])],
  );
  if (overlap.pairs.some(({ union }) => union.below_floor)) {
    return (
      <section class="notice">
        What two of these segments share is hidden, so there are no circles to draw: a part of them
        has too few users, or none.
      </section>
    );
  }
  if (drawing.circles.length === 0) {
    return <section class="notice">None of these segments has users in this window.</section>;
  }
  const { segments, intersection } = overlap;
  const shared = intersection.below_floor
    ? 'a hidden number'
    : formatCount(intersection.user_count);
  const label = `Circles to scale: ${segments
    .map(({ user_count }, index) => `${LETTERS[index]} has ${formatCount(user_count)} users`)
    .join(', ')}, ${shared} in all of them. The tables have the rest.`;
  return (
    <figure class="euler">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {drawing.circles.map(({ letter, x, y, radius }) => (
          <circle key={letter} class={`circle circle-${letter}`} cx={x} cy={y} r={radius} />
        ))}
        <path class="circle-shared" d={drawing.shared} />
        {drawing.circles.map(({ letter, label: { x, y } }) => (
          <text key={letter} class="circle-letter" x={x} y={y}>
            {letter}
          </text>
        ))}
      </svg>
      <figcaption class="muted">
        Areas are to scale{segments.length > 2 && ', as near as three circles can be'}.
      </figcaption>
    </figure>
  );
}
