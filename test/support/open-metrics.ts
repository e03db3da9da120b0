export interface Family {
  type: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const META = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([+-]Inf|NaN|-?[\d.]+(?:e[+-]?\d+)?)$/i;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

/** What the samples of a type may end in; anything else is no sample of it. */
const SUFFIXES: Record<string, string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
};

/**
 * Reads OpenMetrics 1.0, and takes nothing that is not: https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @throws Error that quotes the line
 */
export function parseOpenMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n# EOF\n')) throw new Error('it does not end with # EOF');
  const families = new Map<string, Family>();
  let current = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, kind, name = '', rest = ''] = META.exec(line) ?? [];
    if (kind === undefined) addSample(line, current, families);
    else {
      if (name !== current && families.has(name)) throw new Error(`${line}: told twice`);
      if (kind === 'HELP' && /(?<!\\)"/.test(rest)) throw new Error(`${line}: a bare quote`);
      current = name;
      const family = families.get(name) ?? { type: 'unknown', samples: [] };
      families.set(name, kind === 'TYPE' ? { ...family, type: rest } : family);
    }
  }
  for (const [name, family] of families)
    if (family.type === 'histogram') checkBuckets(name, family);
  return families;
}

function addSample(line: string, current: string, families: Map<string, Family>): void {
  const [, name = '', list = '', value] = SAMPLE.exec(line) ?? [];
  const family = families.get(current);
  if (value === undefined || family === undefined) throw new Error(`${line}: no sample`);
  const isOfFamily = SUFFIXES[family.type]?.some((suffix) => name === current + suffix);
  if (isOfFamily !== true) throw new Error(`${line}: no sample of ${current}, a ${family.type}`);
  const found = [...list.matchAll(LABEL)];
  if (found.map(([part]) => part).join('') !== list) throw new Error(`${line}: bad labels`);
  const labels = Object.fromEntries(found.map(([, key = '', text = '']) => [key, text]));
  if (labels.le !== undefined && !/^(\+Inf|\d+\.\d+|\d+(\.\d+)?e-\d+)$/.test(labels.le))
    throw new Error(`${line}: a bound without a fraction`);
  if (family.samples.some((one) => one.name === name && isSame(one.labels, labels)))
    throw new Error(`${line}: there twice`);
  family.samples.push({ name, labels, value: Number(value) });
}

const isSame = (one: object, other: object) =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

/** Each series has its buckets in order, none less than the one before, and the last is the count. */
function checkBuckets(name: string, { samples }: Family): void {
  for (const { labels, value } of samples.filter((one) => one.name === `${name}_count`)) {
    const buckets = samples
      .filter((one) => one.name === `${name}_bucket`)
      .map(({ labels: { le = '', ...rest }, value: count }) => ({ le, rest, count }))
      .filter(({ rest }) => isSame(rest, labels));
    const counts = buckets.map(({ count }) => count);
    const sorted = [...counts].sort((one, other) => one - other);
    if (
      buckets.at(-1)?.le !== '+Inf' ||
      counts.at(-1) !== value ||
      String(counts) !== String(sorted)
    )
      throw new Error(`${name} ${JSON.stringify(labels)}: bad buckets`);
  }
}
