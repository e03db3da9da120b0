export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Converts the text format of Prometheus to OpenMetrics 1.0: a registry of prom-client can only have one format. */
export function toOpenMetrics(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(
    lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []),
  );
  return [...lines.map((line) => toOpenMetricsLine(line, counters)), '# EOF', ''].join('\n');
}

function toOpenMetricsLine(line: string, counters: ReadonlySet<string>): string {
  const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  // OpenMetrics requires a fraction in bounds.
  if (kind === undefined) return line.replace(/le="(\d+)"/, 'le="$1.0"');
  const family = name.replace(/_total$/, '');
  const value = kind === 'HELP' ? rest.replaceAll('"', '\\"') : rest;
  return `# ${kind} ${counters.has(family) ? family : name} ${value}`;
}

interface Range {
  type: string;
  version: string;
  weight: number;
}

/**
 * Whether a client prefers OpenMetrics to the text format of Prometheus (RFC 9110, section 12.5.1). A client without a
 * preference gets the text format.
 */
export function prefersOpenMetrics(accept: string): boolean {
  const ranges = accept.split(',').map(toRange);
  const weightOf = (types: string[], version: string) => {
    for (const type of types) {
      const fitting = ranges.filter(
        (range) => range.type === type && ['', version].includes(range.version),
      );
      if (fitting.length > 0) return Math.max(...fitting.map(({ weight }) => weight));
    }
    return 0;
  };
  const open = weightOf(['application/openmetrics-text', 'application/*', '*/*'], '1.0.0');
  return open > weightOf(['text/plain', 'text/*', '*/*'], '0.0.4');
}

function toRange(part: string): Range {
  const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
  const parameterOf = (name: string) =>
    parameters
      .find((one) => one.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const weight = Number(parameterOf('q') ?? 1);
  return {
    type,
    version: parameterOf('version') ?? '',
    weight: weight >= 0 && weight <= 1 ? weight : 0,
  };
}
