import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { parseOpenMetrics } from '../support/open-metrics.js';
import { type Prometheus, startPrometheus } from '../support/prometheus.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const promtool = (...parameters: string[]) =>
  run('promtool', parameters, { cwd: 'deploy/prometheus' });

interface Panel {
  title: string;
  datasource?: { uid: string };
  targets?: { expr: string }[];
}

interface Variable {
  name: string;
  definition?: string;
}

interface Dashboard {
  title: string;
  panels: Panel[];
  templating: { list: Variable[] };
}

const DASHBOARDS = 'deploy/grafana/dashboards';
const dashboards = readdirSync(DASHBOARDS).map(
  (file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Dashboard,
);

/** An expression with its variables in place, as Grafana puts them there. */
const fill = (expr: string, values: Map<string, string>) =>
  expr.replace(/\$(\w+)/g, (_, name) => values.get(name) ?? '');

/** What the variables of a dashboard are where everything is chosen, each asked for as Grafana does. */
async function valuesOf({ templating }: Dashboard, prometheus: Prometheus) {
  const values = new Map<string, string>();
  for (const { name, definition = '' } of templating.list) {
    const [, series, label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    if (series === undefined) continue;
    const found = await prometheus.query(fill(series, values));
    values.set(name, `(${found.map(({ metric }) => metric[label]).join('|')})`);
  }
  return values;
}

describe('What Prometheus and Grafana show', () => {
  let redis: TestRedis;
  let rabbitmq: RabbitmqServer;
  let prometheus: Prometheus;
  const urls: string[] = [];
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    [redis, rabbitmq] = await Promise.all([startRedis(), startRabbitmqServer()]);
    const url = rabbitmq.url;
    const es = await startEs(esConfig(redis.url, { rabbitmq: { url } }));
    const queue = { transport: 'rabbitmq', rabbitmq: { url } };
    const uss = await startUss(ussConfig(es.grpcPort, queue));
    closing.push(uss.close, es.close);
    await Promise.all([es.ready, uss.ready]);
    urls.push(`127.0.0.1:${uss.httpPort}`, `127.0.0.1:${es.httpPort}`);
    const [first = '', second = ''] = urls;
    prometheus = await startPrometheus({ 'uss:8282': first, 'es:8484': second });
  });
  after(async () => {
    await prometheus.close();
    for (const close of closing) await close();
    await redis.close();
    await rabbitmq.close();
  });

  it('has a configuration and rules that are right', async () => {
    await promtool('check', 'config', 'prometheus.yml');
  });

  it('has alerts that fire when they should, and stay quiet when not', async () => {
    await promtool('test', 'rules', 'alerts.test.yml');
    const rules = readFileSync('deploy/prometheus/alerts.yml', 'utf8');
    const tests = readFileSync('deploy/prometheus/alerts.test.yml', 'utf8');
    const operations = readFileSync('docs/operations.md', 'utf8').toLowerCase();
    const alerts = Array.from(rules.matchAll(/alert: (\w+)/g), ([, name]) => name as string);
    expect(alerts).to.have.length.above(5);
    for (const alert of alerts) {
      expect(tests).to.contain(`${alert} fires`).and.to.contain(`${alert} stays quiet`);
      expect(rules).to.contain(`runbook_url: docs/operations.md#${alert.toLowerCase()}`);
      expect(operations).to.contain(`### ${alert.toLowerCase()}\n`);
    }
  });

  it('has metrics named by the conventions, whatever route was asked', async () => {
    for (const url of urls) {
      await send(`http://${url}`, `/a-path-of-nobody`);
      const { text } = await send(`http://${url}`, '/metrics');
      expect(text).not.to.contain('a-path-of-nobody');
      const check = run('promtool', ['check', 'metrics']);
      check.child.stdin?.end(text);
      expect(await check).to.deep.equal({ stdout: '', stderr: '' });
    }
  });

  it('has every metric in OpenMetrics too, with names of our own and of Node.js only', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1';
    const documented = readFileSync('docs/operations.md', 'utf8');
    for (const url of urls) {
      const { text, headers } = await send(`http://${url}`, '/metrics', { headers: { accept } });
      expect(headers['content-type']).to.match(/^application\/openmetrics-text; version=1\.0\.0;/);
      const families = parseOpenMetrics(text);
      expect(families.size).to.be.above(20);
      for (const [name, { type }] of families) {
        expect(name).to.match(/^(segmentation|process|nodejs)_/);
        const full = type === 'counter' ? `${name}_total` : name;
        if (name.startsWith('segmentation_')) expect(documented).to.contain(`\`${full}\``);
      }
    }
  });

  it('has dashboards for whatever Prometheus, and whatever its jobs are called', () => {
    for (const { title, panels, templating } of dashboards) {
      expect(templating.list[0]).to.include({ name: 'datasource', type: 'datasource' });
      for (const { title: panel, datasource, targets = [] } of panels) {
        if (targets.length > 0) expect(datasource?.uid, panel).to.equal(`\${datasource}`);
        for (const { expr } of targets) {
          const selectors = expr.match(/(\w+_\w+|\bup|job:[\w:]+)(?=\{)/g) ?? [];
          expect(selectors, `${title}: ${panel}`).not.to.deep.equal([]);
          expect(expr.match(/job=~"\$(\w+\|\$)?\w*job"/g), expr).to.have.length(selectors.length);
          expect(expr).not.to.match(/(?<!\w)(segmentation|process|nodejs)_\w+(?![\w{])/);
        }
      }
    }
  });

  it('shows data in every panel of every dashboard after a short load', async () => {
    const [uss = '', es = ''] = urls.map((url) => `http://${url}`);
    const queries: { what: string; expr: string }[] = [];
    for (const dashboard of dashboards) {
      let values = new Map<string, string>();
      await until(async () => {
        values = await valuesOf(dashboard, prometheus);
        return ![...values.values()].includes('()');
      });
      for (const { title, targets = [] } of dashboard.panels)
        for (const { expr } of targets)
          queries.push({ what: `${dashboard.title}: ${title}`, expr: fill(expr, values) });
    }
    expect(queries).to.have.length.above(40);
    let missing = queries;
    let user = 0;
    await until(async () => {
      for (const base of [uss, es]) {
        for (const segment of ['sport', '']) {
          await send(base, '/segment', { body: { segment, user_id: `u${user}` } });
        }
        await send(base, '/segment/sport');
      }
      user += 1;
      const found = await Promise.all(missing.map(({ expr }) => prometheus.query(expr)));
      missing = missing.filter(
        (_, index) => !found[index]?.some(({ value }) => value[1] !== 'NaN'),
      );
      return missing.length === 0;
    }).catch((error) => {
      throw new Error(`nothing for ${JSON.stringify(missing)}: ${error}`);
    });
  });

  it('counts what went through, and what was refused', async () => {
    const { text } = await send(`http://${urls[0]}`, '/metrics');
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')
          .at(-1),
      );
    const posts = value(
      'segmentation_http_request_duration_seconds_count{method="POST",route="/segment",status="202"}',
    );
    expect(posts).to.be.above(0);
    expect(value('segmentation_memberships_stored_total')).to.equal(posts);
    expect(value('segmentation_memberships_rejected_total{reason="invalid"}')).to.equal(
      value(
        'segmentation_http_request_duration_seconds_count{method="POST",route="/segment",status="400"}',
      ),
    );
    expect(value('segmentation_dependency_up{dependency="rabbitmq"}')).to.equal(1);
  });
});
