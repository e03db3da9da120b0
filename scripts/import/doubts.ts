/** What a segment or a user id looks like when it may be another than was meant; it is stored as it stands. */
const DOUBTS: [RegExp, string][] = [
  [/^\s|\s$/, 'has blanks around it, which make it another'],
  [
    /^\d(\.\d+)?E\+\d+$/,
    'is a rounded number, as spreadsheets write long ones, so that different ones may be the same here',
  ],
  [/^(null|\\N|nil|none|nan|undefined|#?n\/a)$/i, 'is a word for no value, which counts as one'],
];

/** Which doubts there are, by the first row of each, and of how many rows. */
export type Doubts = Map<string, { line: number; shown: string; rows: number }>;

/** Notes what is doubtful about a value. */
export function doubt(doubts: Doubts, line: number, field: string, value: string): void {
  for (const [pattern, text] of DOUBTS) {
    if (!pattern.test(value)) continue;
    const key = `${field} ${text}`;
    const found = doubts.get(key) ?? { line, shown: `${field} "${value}" ${text}`, rows: 0 };
    found.rows += 1;
    doubts.set(key, found);
  }
}
