import type { Measured } from './rounds.js';

/** One table of figures. */
export interface Section {
  title: string;
  /** Of `perSecond`, or of all figures of a section that has none. */
  unit: string;
  rows: Record<string, Measured>;
}

const OWN = 'this system';

/** A section as a Markdown table; where this system is in it, its ratio to each row stands beside it. */
export function toTable({ title, unit, rows }: Section): string {
  const names = Object.keys(rows);
  const figures = Object.keys(rows[names[0] ?? ''] ?? {});
  const own = names.filter((name) => name.startsWith(OWN));
  const compared = figures.includes('perSecond') && names.length > own.length ? own : [];
  const ratio = (name: string, of: string) =>
    own.includes(name) ? '' : (perSecond(rows, of) / perSecond(rows, name)).toFixed(2);
  const lines = [
    ['', ...figures.map((figure) => heading(figure, unit)), ...compared.map((one) => `${one} ÷`)],
    ['---', ...figures.map(() => '---:'), ...compared.map(() => '---:')],
    ...names.map((name) => [
      name,
      ...figures.map((figure) => formatFigure(rows[name]?.[figure] ?? Number.NaN)),
      ...compared.map((one) => ratio(name, one)),
    ]),
  ];
  return `### ${title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function perSecond(rows: Section['rows'], name: string): number {
  return rows[name]?.perSecond ?? Number.NaN;
}

function heading(figure: string, unit: string): string {
  if (figure === 'perSecond') return unit;
  return /^p\d/.test(figure) ? `${figure}, ms` : `${figure}, ${unit}`;
}

function formatFigure(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString('en').replaceAll(',', ' ')
    : value.toFixed(value < 10 ? 2 : 1);
}
