import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { startCommand } from '../support/process.js';
import { esConfig, ussConfig } from '../support/system.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('The version', () => {
  for (const [script, line] of [
    ['dist/es/main.js', `es ${version}`],
    ['dist/uss/main.js', `uss ${version}`],
    ['scripts/start.mjs', version],
  ]) {
    it(`is told by ${script} --version`, async () => {
      const command = startCommand(['node', script as string, '--version'], {});
      expect((await command.exited).code).to.equal(0);
      expect(command.output()).to.equal(line);
    });
  }

  for (const name of ['es', 'uss'] as const) {
    it(`is the same in the OpenAPI document and the metrics of ${name}`, async () => {
      const service =
        name === 'es'
          ? await startEs(esConfig('unix:///nowhere/redis.sock'))
          : await startUss(ussConfig(1));
      const base = `http://127.0.0.1:${service.httpPort}`;
      expect((await send(base, '/openapi.json')).json.info.version).to.equal(version);
      expect((await send(base, '/metrics')).text).to.contain(`build_info{version="${version}"`);
      await service.close();
    });

    for (const parameter of ['--port=9', 'serve', '--help', '-v']) {
      it(`is all that ${name} tells by a parameter: ${parameter} ends the start`, async () => {
        const service = startCommand(['node', `dist/${name}/main.js`, parameter], {});
        expect((await service.exited).code).to.equal(1);
        expect(service.output()).to.match(/^\w+: "[^"]+" is not known: settings are variables/);
        expect(service.output()).to.not.contain('\n');
      });
    }
  }
});
