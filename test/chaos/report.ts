import type { ChaosReport, FaultReport } from './suite.js';

type Reports = readonly (readonly [mode: string, report: ChaosReport])[];

/** What became of each mode, as Markdown. */
export function toModeTable(reports: Reports): string {
  const rows = reports.map(([mode, { faults, acknowledged, lost }]) => {
    const beyond = faults.map(({ beyondMs }) => beyondMs);
    return [
      mode,
      faults.length,
      acknowledged.toLocaleString('en'),
      Object.values(lost).join(' / '),
      seconds(median(beyond)),
      seconds(Math.max(...beyond)),
      percent(faults),
    ];
  });
  const head = ['', 'faults', 'acknowledged', 'lost: buckets / windows / samples / no sample'];
  return table([...head, 'median beyond, s', 'longest beyond, s', 'others answered'], rows);
}

/** How long each kind of fault went on beyond its end, as Markdown. */
export function toKindTable(reports: Reports): string {
  const all = reports.flatMap(([, { faults }]) => faults);
  const names = [...new Set(all.map(({ name }) => name))].sort();
  const rows = names.map((name) => {
    const own = all.filter((fault) => fault.name === name);
    const beyond = own.map(({ beyondMs }) => beyondMs);
    return [name, own.length, seconds(median(beyond)), seconds(Math.max(...beyond)), percent(own)];
  });
  return table(['', 'times', 'median beyond, s', 'longest beyond, s', 'others answered'], rows);
}

/** The least part that was stored of what had nothing to do with a fault. */
function percent(faults: readonly FaultReport[]): string {
  const shares = faults.flatMap(({ innocent }) => (innocent === undefined ? [] : [innocent]));
  return shares.length === 0 ? '' : `${(100 * Math.min(...shares)).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
