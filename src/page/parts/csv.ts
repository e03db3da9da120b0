/** What spreadsheets take for the start of a formula, the wide forms of East Asian scripts too. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/u;

/**
 * Rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe in front, which makes it
 * text there: names of segments come from whoever stores them. A byte order mark says that it is UTF-8.
 */
export function formatCsv(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map((row) => row.map(formatField).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function formatField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
