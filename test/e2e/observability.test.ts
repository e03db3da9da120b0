import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { type Prometheus, startPrometheus } from '../support/prometheus.js';
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const promtool = (...parameters: string[]) =>
  run('promtool', parameters, { cwd: 'deploy/prometheus' });

interface Panel {
  title: string;
  description?: string;
  targets?: { expr: string }[];
}

const DASHBOARDS = 'deploy/grafana/dashboards';
const dashboards = readdirSync(DASHBOARDS).map(
  (file) =>
    JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as { title: string; panels: Panel[] },
);

describe('What Prometheus and Grafana show', function () {
  this.timeout(60_000);
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

  it('shows data in every panel of every dashboard after a short load', async () => {
    const [uss = '', es = ''] = urls.map((url) => `http://${url}`);
    const queries = dashboards.flatMap(({ title, panels }) =>
      panels.flatMap((panel) =>
        (panel.targets ?? []).map(({ expr }) => ({ what: `${title}: ${panel.title}`, expr })),
      ),
    );
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
    const [uss = ''] = urls.map((url) => `http://${url}`);
    const { text } = await send(uss, '/metrics');
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')
          .at(-1),
      );
    const posts = value(
      'http_request_duration_seconds_count{method="POST",route="/segment",status="202"}',
    );
    expect(posts).to.be.above(0);
    expect(value('memberships_stored_total')).to.equal(posts);
    expect(value('memberships_rejected_total{reason="invalid"}')).to.equal(
      value('http_request_duration_seconds_count{method="POST",route="/segment",status="400"}'),
    );
    expect(value('dependency_up{dependency="rabbitmq"}')).to.equal(1);
  });
});
