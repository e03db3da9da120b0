import { type Line, MAX_LENGTH } from './lines.js';

/** A record of a CSV file: its fields, or why it has none. */
export interface CsvRecord {
  /** The number of its first line. */
  line: number;
  fields?: string[];
  flaw?: string;
  /** Whether the file ended before its last line did. */
  isCut?: true;
}

/**
 * Reads CSV as RFC 4180 has it. A record with a flaw is passed on as that, with all lines of it: what stands between
 * quotes is never taken for records.
 *
 * @throws Error when a quote is not closed
 */
export async function* readCsv(blocks: AsyncIterable<Line[]>): AsyncGenerator<CsvRecord> {
  let open: Open | undefined;
  for await (const lines of blocks) {
    for (const line of lines) {
      open = open === undefined ? begin(line) : goOn(open, line);
      if (open.isOpen) {
        if (open.length > MAX_LENGTH) throw notClosed(open);
        continue;
      }
      yield toRecord(open, line);
      open = undefined;
    }
  }
  if (open !== undefined) throw notClosed(open);
}

/** A record of which so many lines have come. */
interface Open {
  line: number;
  texts: string[];
  length: number;
  /** Whether its last line ends between quotes. */
  isOpen: boolean;
  flaw: string | undefined;
}

function begin({ number, text, flaw }: Line): Open {
  const isOpen = text.includes('"') && split(text) === 'open';
  return { line: number, texts: [text], length: text.length, isOpen, flaw };
}

function goOn(open: Open, { text, flaw }: Line): Open {
  const quotes = text.split('"').length - 1;
  open.texts.push(text);
  open.length += text.length + 1;
  open.isOpen = quotes % 2 === 0;
  open.flaw ??= flaw;
  return open;
}

function toRecord({ line, texts, flaw }: Open, last: Line): CsvRecord {
  const fields = flaw === undefined ? split(texts.join('\n')) : [];
  const why = flaw ?? (typeof fields === 'string' ? FLAWS[fields] : undefined);
  const upTo = last.number === line ? '' : `up to line ${last.number}: `;
  return {
    line,
    ...(why === undefined ? { fields: fields as string[] } : { flaw: `${upTo}${why}` }),
    ...(last.isCut && { isCut: true }),
  };
}

function notClosed({ line }: Open): Error {
  return new Error(
    `line ${line}: a quote that is opened there is not closed, so that nothing from there on can be read`,
  );
}

const FLAWS = {
  open: 'a quote is not closed',
  inside: 'a quote stands in a field without quotes around it',
  behind: 'something follows a closing quote',
};

const QUOTED = /"([^"]*(?:""[^"]*)*)"(?!")/y;

/** Splits a record into its fields, or tells its flaw. */
function split(text: string): string[] | keyof typeof FLAWS {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    if (text[at] === '"') {
      QUOTED.lastIndex = at;
      const [, field] = QUOTED.exec(text) ?? [];
      if (field === undefined) return 'open';
      fields.push(field.replaceAll('""', '"'));
      at = QUOTED.lastIndex;
    } else {
      const comma = text.indexOf(',', at);
      const field = text.slice(at, comma < 0 ? text.length : comma);
      if (field.includes('"')) return 'inside';
      fields.push(field);
      at += field.length;
    }
    if (at >= text.length) return fields;
    if (text[at] !== ',') return 'behind';
  }
}
