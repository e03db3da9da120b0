import type { CountAccuracy } from './counts.js';
import type { OverlapAccuracy } from './overlaps.js';

const WIDTH = 760;
const LEFT = 60;
const PLOT_WIDTH = 540;
const PLOT_HEIGHT = 200;
const HEAD = 40;
const FOOT = 50;

type Kind = 'own' | 'other';

interface Line {
  name: string;
  kind: Kind;
  /** Each at a place of the axis, from 0 on. */
  values: number[];
}

interface Plot {
  title: string;
  axis: string;
  places: string[];
  lines: Line[];
  /** The lowest and the highest power of ten, in %. */
  powers: [number, number];
}

/** Draws the errors of both tables in an SVG that reads on light and dark pages. */
export function drawPlots(
  counts: readonly CountAccuracy[],
  overlaps: readonly OverlapAccuracy[],
): string {
  const plots = [countPlot(counts), ...overlapPlots(overlaps)];
  const step = HEAD + PLOT_HEIGHT + FOOT;
  const height = plots.length * step;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>Errors of counts and overlaps</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600 }
  .grid { stroke: #8c959f; stroke-opacity: 0.3 }
  polyline { fill: none; stroke-width: 2 }
  polyline.own { stroke: #0969da } polyline.other { stroke: #8c959f }
  circle.own { fill: #0969da } circle.other { fill: #8c959f }
</style>
${plots.map((plot, index) => drawPlot(plot, index * step)).join('\n')}
</svg>
`;
}

function countPlot(counts: readonly CountAccuracy[]): Plot {
  return {
    title: 'Count: error, %',
    axis: 'users',
    places: counts.map(({ users }) => users.toLocaleString('en')),
    lines: [
      { name: 'RMSE', kind: 'own', values: counts.map(({ rootMeanSquare }) => rootMeanSquare) },
      { name: '0.81 %', kind: 'other', values: counts.map(() => 1.04 / 128) },
    ],
    powers: [-1, 0],
  };
}

function overlapPlots(overlaps: readonly OverlapAccuracy[]): Plot[] {
  const larger = [...new Set(overlaps.map((overlap) => overlap.larger))];
  return larger.map((size) => {
    const rows = overlaps.filter((overlap) => overlap.larger === size && overlap.both > 0);
    const ratio = size / (rows[0]?.smaller ?? size);
    return {
      title: `Overlap: median error, %, sets 1 : ${ratio}`,
      axis: 'overlap, % of the smaller set',
      places: rows.map(({ both, smaller }) => String((both / smaller) * 100)),
      lines: [
        {
          name: 'inclusion–exclusion',
          kind: 'other',
          values: rows.map((row) => row.inclusionExclusionError),
        },
        { name: 'joint likelihood', kind: 'own', values: rows.map((row) => row.medianError) },
      ],
      powers: [-1, 5],
    };
  });
}

function drawPlot(
  { title, axis, places, lines, powers: [least, most] }: Plot,
  top: number,
): string {
  const bottom = top + HEAD + PLOT_HEIGHT;
  const x = (place: number) => LEFT + (place / (places.length - 1)) * PLOT_WIDTH;
  const y = (power: number) => {
    const share = (power - least) / (most - least);
    return bottom - Math.min(1, Math.max(0, share)) * PLOT_HEIGHT;
  };
  const powers = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  const grid = powers.map(
    (
      power,
    ) => `<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${y(power)}" y2="${y(power)}"/>
<text x="${LEFT - 8}" y="${y(power) + 4}" text-anchor="end">${10 ** power}</text>`,
  );
  const labels = places.map(
    (text, place) => `<text x="${x(place)}" y="${bottom + 20}" text-anchor="middle">${text}</text>`,
  );
  const drawn = lines.map((line) => drawLine(line, x, (part) => y(Math.log10(part * 100))));
  return [
    `<text class="title" x="0" y="${top + 24}">${title}</text>`,
    ...grid,
    ...labels,
    ...drawn,
    `<text x="${LEFT + PLOT_WIDTH / 2}" y="${bottom + 38}" text-anchor="middle">${axis}</text>`,
  ].join('\n');
}

function drawLine(
  { name, kind, values }: Line,
  x: (place: number) => number,
  y: (value: number) => number,
): string {
  // A logarithmic scale has no place for an error of 0.
  const points = values.flatMap((value, place) =>
    value > 0 ? [[x(place).toFixed(1), y(value).toFixed(1)] as const] : [],
  );
  const last = values.at(-1) ?? 0;
  // The two lines may end in the same place.
  const shift = kind === 'own' ? 14 : -6;
  return [
    `<polyline class="${kind}" points="${points.map((point) => point.join(',')).join(' ')}"/>`,
    ...points.map(([cx, cy]) => `<circle class="${kind}" cx="${cx}" cy="${cy}" r="3"/>`),
    `<text x="${LEFT + PLOT_WIDTH + 8}" y="${(y(last) + shift).toFixed(1)}">${name}</text>`,
  ].join('\n');
}
