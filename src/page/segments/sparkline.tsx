import { formatCount } from '../parts/format.js';

const BAR = 5;
const GAP = 1.5;
const HEIGHT = 24;

/** The users of each day as small bars, up to today. */
export function Sparkline({ days }: { days: readonly number[] }) {
  const most = Math.max(...days, 1);
  const width = days.length * (BAR + GAP) - GAP;
  const label = `Users a day, today last: ${days.map(formatCount).join(', ')}`;
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      width={width}
      height={HEIGHT}
    >
      {days.map((users, index) => {
        // A day with few users must look different from a day without users.
        const height = users === 0 ? 1 : Math.max(2, (users / most) * HEIGHT);
        return (
          <rect
            key={index}
            class={users === 0 ? 'sparkline-none' : 'sparkline-bar'}
            x={index * (BAR + GAP)}
            y={HEIGHT - height}
            width={BAR}
            height={height}
          />
        );
      })}
    </svg>
  );
}
