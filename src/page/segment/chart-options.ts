import uPlot from 'uplot';
import { formatCount } from '../parts/format.js';

const HEIGHT = 280;

/** The space between the outermost bars and the edges, in days. */
const EDGE = 0.6;

/** The minimum width of the name of a day, in pixels. */
const DAY_LABEL = 56;

/** The width of an axis of counts, in pixels. */
const COUNT_LABEL = 56;

export interface ChartOptions {
  width: number;
  /** The names of the days 0, 1, … of the axis. */
  labels: readonly string[];
  /** The current value of a colour of the style sheet. */
  color: (name: string) => string;
  /** Called with the day under the pointer; null when the pointer leaves. */
  onPoint: (day: number | null | undefined) => void;
}

/** Bars for the days before and within the chosen window, and a line for the rolling window. */
export function createChartOptions(options: ChartOptions): uPlot.Options {
  const { width, labels, color, onPoint } = options;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [-EDGE, labels.length - 1 + EDGE] },
      // Two scales, each from 0, because a window has many times as many users as a day.
      daily: { range: fromZero },
      rolling: { range: fromZero },
    },
    axes: createAxes(options),
    series: [
      {},
      createBars('--chart-bar-before', color),
      createBars('--chart-bar', color),
      {
        scale: 'rolling',
        width: 2,
        points: { show: true, size: 5 },
        stroke: () => color('--chart-line'),
      },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx)] },
  };
}

function createBars(name: string, color: ChartOptions['color']): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.72, 56], radius: 0.12 });
  return {
    ...(paths && { paths }),
    scale: 'daily',
    width: 0,
    points: { show: false },
    fill: () => color(name),
  };
}

function createAxes({ labels, color }: ChartOptions): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: () => color('--chart-text'),
    grid: { stroke: () => color('--chart-grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const days: uPlot.Axis = {
    ...axis,
    grid: { show: false },
    incrs: [1, 2, 3, 4, 5, 7, 10, 14, 30],
    space: DAY_LABEL,
    values: (_chart, values) => values.map((day) => labels[day] ?? ''),
  };
  const counts: uPlot.Axis = {
    ...axis,
    size: COUNT_LABEL,
    incrs: countSteps(),
    values: (_chart, values) => values.map(formatCount),
  };
  const rolling: uPlot.Axis = { ...counts, scale: 'rolling', side: 1, grid: { show: false } };
  return [days, { ...counts, scale: 'daily' }, { ...rolling, stroke: () => color('--chart-line') }];
}

function fromZero(_chart: uPlot, _least: number | null, most: number | null): uPlot.Range.MinMax {
  return [0, Math.max((most ?? 0) * 1.05, 1)];
}

/** Steps of an axis of users: whole numbers. */
function countSteps(): number[] {
  const powers = Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);
  return powers.flatMap((power) => [power, 2 * power, 5 * power]);
}
