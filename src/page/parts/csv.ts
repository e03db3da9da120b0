/** What spreadsheets take for the start of a formula: = + - @, in every form that Unicode has of them. */
const SIGN = '[-=+@⁺⁻⁼₊₋₌−⩵⩶﬩﹢﹣﹦﹫＋－＝＠]';

/** What they may pass over before it: quotes, and what is not seen at all. */
const UNSEEN = `(?:["']|[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\t\\r\\n])*`;

/** Where a formula could begin: a text may be cut at any separator by a spreadsheet that has another than the comma. */
const FORMULA = new RegExp(`(?<=^|[,;\\t\\r\\n])(?=${UNSEEN}${SIGN})`, 'gu');

/**
 * Rows as CSV (RFC 4180), every text in quotes. Where a spreadsheet could take it or a part of it for a formula, in any
 * locale, there is an apostrophe in front, which makes it text there: names of segments come from whoever stores them.
 * Without one apostrophe at each of these places the text is as it was. A byte order mark says that it is UTF-8.
 */
export function formatCsv(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map((row) => row.map(formatField).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function formatField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return `"${value.replace(FORMULA, "'").replaceAll('"', '""')}"`;
}
