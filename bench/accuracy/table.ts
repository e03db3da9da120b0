/** A table of Markdown. */
export function toTable(head: readonly string[], rows: readonly string[]): string {
  return [cells(head), cells(head.map(() => '---:')), ...rows].join('\n');
}

/** A row of a table. */
export function cells(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}

/** A part in %. */
export function percent(part: number, digits: number): string {
  const text = (part * 100).toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** A whole number, in groups of three digits. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}
