/** The characters that start a formula in spreadsheets: = + - @, in all their forms in Unicode. */
const SIGN = '[-=+@⁺⁻⁼₊₋₌−⩵⩶﬩﹢﹣﹦﹫＋－＝＠]';

/** The characters before a formula that spreadsheets may skip: quotes and invisible ones. */
const UNSEEN = `(?:["']|[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\t\\r\\n])*`;

/**
 * The places at which a formula could start: a spreadsheet whose separator is not the comma may split a text at its
 * separator.
 */
const FORMULA = new RegExp(`(?<=^|[,;\\t\\r\\n])(?=${UNSEEN}${SIGN})`, 'gu');

/**
 * Formats rows as CSV (RFC 4180), with each text in quotes. Wherever a spreadsheet could read a formula, in any locale, an
 * apostrophe is inserted that turns it into a text. This is necessary because any client can choose the names of segments.
 * Without these apostrophes the text is the original one. A byte order mark says that the file is UTF-8.
 */
export function formatCsv(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map((row) => row.map(formatField).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function formatField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return `"${value.replace(FORMULA, "'").replaceAll('"', '""')}"`;
}
