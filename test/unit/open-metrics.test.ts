import { expect } from 'chai';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createFastHistogram } from '../../src/telemetry/metrics/fast-histogram.js';
import { prefersOpenMetrics, toOpenMetrics } from '../../src/telemetry/metrics/open-metrics.js';
import { parseOpenMetrics } from '../support/open-metrics.js';

/** What clients accept, and whether OpenMetrics is what they like best. */
const ACCEPTED: [accept: string, isOpen: boolean][] = [
  [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1',
    true,
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    true,
  ],
  ['text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5', false],
  ['application/openmetrics-text', true],
  ['Application/OpenMetrics-Text; Version="1.0.0"', true],
  ['application/openmetrics-text;version=0.0.1', false],
  ['application/openmetrics-text;q=0, */*', false],
  ['application/openmetrics-text;q=0.2, */*;q=0.3', false],
  ['application/openmetrics-text;q=x', false],
  ['application/*', true],
  ['application/json', false],
  ['text/html,application/xhtml+xml,*/*;q=0.8', false],
  ['*/*', false],
  ['', false],
  [',;,', false],
];

describe('OpenMetrics', () => {
  for (const [accept, isOpen] of ACCEPTED)
    it(`is ${isOpen ? '' : 'not '}answered to ${accept}`, () => {
      expect(prefersOpenMetrics(accept)).to.equal(isOpen);
    });

  it('is made of every kind of metric, whatever is in its texts', async () => {
    const registry = new Registry();
    const registers = [registry];
    const odd = 'a "quoted" \\ text\nof two lines';
    new Counter({ registers, name: 'a_total', help: odd, labelNames: ['x'] }).inc({ x: odd }, 3);
    new Gauge({ registers, name: 'a_total_now', help: 'no counter' }).set(Number.NaN);
    new Histogram({ registers, name: 'b', help: 'b', buckets: [0.5, 1, 10] }).observe(2);
    const series = createFastHistogram(registry, { name: 'c', help: 'c', bounds: [0.00001, 1, 5] });
    for (const x of ['1', '2']) series({ x }).observe(3);
    const families = parseOpenMetrics(toOpenMetrics(await registry.metrics()));
    expect([...families].map(([name, { type }]) => [name, type])).to.deep.equal([
      ['a', 'counter'],
      ['a_total_now', 'gauge'],
      ['b', 'histogram'],
      ['c', 'histogram'],
    ]);
    expect(families.get('a')?.samples[0]).to.include({ name: 'a_total', value: 3 });
    const bounds = families.get('b')?.samples.map(({ labels }) => labels.le);
    expect(bounds).to.include.members(['0.5', '1.0', '10.0', '+Inf']);
  });
});
