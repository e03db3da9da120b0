import { CORES } from './cores.js';
import type { Measured } from './rounds.js';

/** One table of figures. */
export interface Section {
  /** What `--only` looks for, and the chart. */
  words?: string;
  title: string;
  /** Of `perSecond`, or of all figures of a section that has none. */
  unit: string;
  rows: Record<string, Measured>;
  /** What bounds it, as profiles show. */
  bound?: string | undefined;
}

const OWN = 'this system';

/** A section as Markdown: a table in which the ratio of this system to each row stands, who used the cores, and the bound. */
export function toMarkdown(section: Section): string {
  return [
    `### ${section.title}`,
    toTable(section),
    describeCores(section.rows),
    section.bound && `Bound by: ${section.bound}`,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function toTable({ unit, rows }: Section): string {
  const names = Object.keys(rows);
  const figures = [...new Set(Object.values(rows).flatMap(Object.keys))].filter(
    (figure) => !figure.startsWith(CORES),
  );
  const own = names.filter((name) => name.startsWith(OWN));
  const compared = figures.includes('perSecond') && names.length > own.length ? own : [];
  const ratio = (name: string, of: string) =>
    own.includes(name) ? '' : (perSecond(rows, of) / perSecond(rows, name)).toFixed(2);
  const lines = [
    ['', ...figures.map((figure) => heading(figure, unit)), ...compared.map((one) => `${one} ÷`)],
    ['---', ...figures.map(() => '---:'), ...compared.map(() => '---:')],
    ...names.map((name) => [
      name,
      ...figures.map((figure) => formatFigure(rows[name]?.[figure])),
      ...compared.map((one) => ratio(name, one)),
    ]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Cores that each process of this system, the load and nobody had, in the rows where that was measured. */
function describeCores(rows: Section['rows']): string {
  const measured = Object.entries(rows).filter(
    ([name, row]) => name.startsWith(OWN) && Object.keys(row).some(isCores),
  );
  return measured
    .map(([name, row]) => {
      const used = Object.keys(row)
        .filter(isCores)
        .map((figure) => `${figure.slice(CORES.length)} ${row[figure]?.toFixed(2)}`);
      return `Cores in use, ${name}: ${used.join(', ')}.`;
    })
    .join('\n');
}

const isCores = (figure: string) => figure.startsWith(CORES);

function perSecond(rows: Section['rows'], name: string): number {
  return rows[name]?.perSecond ?? Number.NaN;
}

/** A figure whose name has a unit needs none. */
function heading(figure: string, unit: string): string {
  if (figure === 'perSecond') return unit;
  if (figure.includes(', ')) return figure;
  return /^p\d/.test(figure) ? `${figure}, ms` : `${figure}, ${unit}`;
}

function formatFigure(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100
    ? Math.round(value).toLocaleString('en').replaceAll(',', ' ')
    : value.toFixed(value < 10 ? 2 : 1);
}
