import type { Section } from './table.js';

/** What the chart shows of some tables: bars of one unit below one title. */
export interface Group {
  title: string;
  unit: string;
  bars: Bar[];
}

export interface Bar {
  name: string;
  perSecond: number;
  /** Milliseconds. */
  p99?: number | undefined;
  isOwn: boolean;
}

const OWN = 'this system';

/** This system beside others: a title, and the table that it is made of. */
const COMPARED: readonly [title: string, words: string][] = [
  ['POST /segment, 64 connections', 'post 64'],
  ['POST /segment, 256 connections', 'post 256'],
  ['Count over 14 days, GET /segment/:segment', 'get'],
  ['gRPC Store, 64 calls in flight on one connection', 'grpc store 1x64'],
  ['gRPC Store, one call in flight on each of 64 connections', 'grpc store 64x1'],
];

/** Tables of this system alone, a bar each. */
const MEMBERSHIPS: readonly [name: string, words: string, memberships: number][] = [
  ['one a request', 'post 64', 1],
  ['20 lines a request', 'lines 20', 20],
  ['100 lines a request', 'lines 100', 100],
  ['a body over 200 segments', 'bulk 200', 1],
  ['… over 100,000 segments', 'bulk 100000', 1],
];

const QUESTIONS: readonly [name: string, words: string, times: number][] = [
  ['?days=7, through USS', 'days', 1],
  ['estimate', 'estimate', 1],
  ['history', 'history', 1],
];

/** The groups of bars whose tables were measured. */
export function groupBars(sections: readonly Section[]): Group[] {
  const find = (wanted: string) => sections.find(({ words }) => words === wanted);
  const compared = COMPARED.map(([title, words]) => {
    const { rows = {}, unit = '' } = find(words) ?? {};
    const bars = Object.entries(rows).map(([name, row]) => toBar(name, row, name.startsWith(OWN)));
    return { title, unit, bars };
  });
  const ofOwn = (title: string, unit: string, list: typeof MEMBERSHIPS) => {
    const bars = list.flatMap(([name, words, times]) => {
      const row = find(words)?.rows[OWN];
      return row === undefined ? [] : [toBar(name, row, true, times)];
    });
    return { title, unit, bars };
  };
  return [
    ...compared,
    ofOwn('Memberships by how they are sent, this system', 'memberships/s', MEMBERSHIPS),
    ofOwn('Other questions about one segment, this system', 'requests/s', QUESTIONS),
  ].filter(({ bars }) => bars.length > 0);
}

function toBar(name: string, row: Section['rows'][string], isOwn: boolean, times = 1): Bar {
  return { name, perSecond: (row.perSecond ?? 0) * times, p99: row.p99, isOwn };
}
