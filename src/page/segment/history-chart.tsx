import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { HistoryDay } from '../api/answers.js';
import { formatCount, formatDay, plural } from '../parts/format.js';
import { useStore } from '../state/store.js';
import { theme } from '../state/theme.js';
import { windowDays } from '../state/window-days.js';
import { createChartOptions } from './chart-options.js';

export interface HistoryChartProps {
  history: readonly HistoryDay[];
  /** How many of the days are in the chosen window. */
  days: number;
}

/** The users of each day and of the rolling window. The table next to it has the same numbers as text. */
export function HistoryChart({ history, days }: HistoryChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>();
  const labels = useMemo(() => history.map(({ day }) => formatDay(day)), [history[0]?.day]);
  const data = toSeries(history, days);
  useChart(frame, labels, data, setPointed);

  return (
    <figure class="chart">
      <figcaption>
        <span class="key key-bar">Users a day, left</span>
        {days < history.length && <span class="key key-before">before the chosen days</span>}
        <span class="key key-line">Rolling {windowDays}-day window, right</span>
      </figcaption>
      <p class="chart-reading" aria-hidden="true">
        {reading(history[pointed ?? history.length - 1])}
      </p>
      <div ref={frame} class="chart-frame" role="img" aria-label={summaryOf(history)} />
      <p class="muted">
        Of a window that ended earlier only the days shown here are still stored, so the line starts
        low.
      </p>
    </figure>
  );
}

function reading(day: HistoryDay | undefined): string {
  if (day === undefined) return '';
  const { user_count, rolling } = day;
  const window = `${formatCount(rolling.user_count)} in ${plural(rolling.days, 'day')}`;
  return `${formatDay(day.day)}: ${plural(user_count, 'user')}, ${window} up to it`;
}

function summaryOf(history: readonly HistoryDay[]): string {
  const counts = history.map(({ user_count }) => user_count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `Chart of ${plural(history.length, 'day')}: ${formatCount(least)} to ${formatCount(most)} users a day. The table below has each day.`;
}

function toSeries(history: readonly HistoryDay[], days: number): uPlot.AlignedData {
  const isChosen = (index: number) => index >= history.length - days;
  return [
    history.map((_, index) => index),
    history.map(({ user_count }, index) => (isChosen(index) ? null : user_count)),
    history.map(({ user_count }, index) => (isChosen(index) ? user_count : null)),
    history.map(({ rolling }) => rolling.user_count),
  ];
}

/** Keeps a chart as wide as its frame. */
function useChart(
  frame: { current: HTMLDivElement | null },
  labels: readonly string[],
  data: uPlot.AlignedData,
  onPoint: (day: number | null | undefined) => void,
): void {
  const chart = useRef<uPlot>(undefined);
  const first = useRef(data);
  first.current = data;
  const chosenTheme = useStore(theme);

  useEffect(() => {
    const element = frame.current as HTMLDivElement;
    const style = getComputedStyle(element);
    const color = (name: string) => style.getPropertyValue(name);
    const width = element.clientWidth;
    const made = new uPlot(
      createChartOptions({ width, labels, color, onPoint }),
      first.current,
      element,
    );
    chart.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: made.height }),
    );
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => made.redraw(false);
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      resized.disconnect();
      made.destroy();
    };
  }, [frame, labels, onPoint]);

  const values = JSON.stringify(data);
  useEffect(() => chart.current?.setData(data), [values, chosenTheme]);
}
