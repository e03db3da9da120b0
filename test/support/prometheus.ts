import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/testbed/free-port.js';
import { send } from './http.js';
import { until } from './until.js';

/** A series that a query found, with its latest value. */
interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

export interface Prometheus {
  /** What a query gives now. */
  query(expression: string): Promise<Sample[]>;
  close(): Promise<void>;
}

/**
 * Starts a Prometheus with the configuration of deploy/, but for other targets and shorter intervals.
 *
 * @param targets the address of each target of the configuration
 */
export async function startPrometheus(targets: Record<string, string>): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  cpSync('deploy/prometheus', directory, { recursive: true });
  const file = join(directory, 'prometheus.yml');
  let config = readFileSync(file, 'utf8').replaceAll(/_interval: 10s/g, '_interval: 500ms');
  for (const [target, address] of Object.entries(targets)) {
    config = config.replace(`"${target}"`, `"${address}"`);
  }
  writeFileSync(file, config);
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const base = `http://127.0.0.1:${port}`;
  await until(async () => {
    const answer = await send(base, '/-/ready').catch(() => undefined);
    return answer?.status === 200;
  });
  return {
    async query(expression) {
      const { status, json, text } = await send(
        base,
        `/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      if (status !== 200) throw new Error(`${expression}: ${text}`);
      return json.data.result;
    },
    async close() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true });
    },
  };
}
