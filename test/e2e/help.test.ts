import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startCommand } from '../support/process.js';

const { scripts, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  version: string;
};

/** Runs a script of package.json as npm does, with nothing else in the way. */
async function run(name: string, ...parameters: string[]) {
  const command = startCommand(['npm', 'run', '--silent', name, '--', ...parameters], {
    npm_config_update_notifier: 'false',
  });
  const { code } = await command.exited;
  return { code, output: command.output() };
}

/** Each by an option of its own, mistyped, and what is meant. */
const MISTYPED: Record<string, [mistyped: string, meant: string]> = {
  start: ['--repiar', '--repair'],
  dev: ['--wacth', '--watch'],
  test: ['--gerp=x', '--grep'],
  'test-seeds': ['--sedes', '--seeds'],
  build: ['--versoin', '--version'],
  generate: ['--hlep', '--help'],
  import: ['--segmentfield', '--segment-field'],
  'dead-letters': ['--limt', '--limit'],
  'api-key': ['--scop', '--scope'],
  check: ['--hepl', '--help'],
  bench: ['--besides', '--beside'],
  'bench-page': ['--Segments', '--segments'],
  accuracy: ['--trails', '--trials'],
  'accuracy-service': ['--besides', '--beside'],
  tour: ['--user-fild', '--user-field'],
  chaos: ['--fault', '--faults'],
  fuzz: ['--request', '--requests'],
  attack: ['--helpp', '--help'],
  journey: ['--ruonds', '--rounds'],
  mutants: ['--mutat', '--mutate'],
  'docs-check': ['--versions', '--version'],
};

describe('Every script', () => {
  it('is in the table, but for the linter, which has help of its own', () => {
    expect(Object.keys(MISTYPED)).to.have.members(
      Object.keys(scripts).filter((name) => name !== 'lint'),
    );
  });

  for (const [name, [mistyped, meant]] of Object.entries(MISTYPED)) {
    it(`tells its help and version, and the option that was meant: ${name}`, async () => {
      const [help, reported, wrong] = await Promise.all([
        run(name, '--help'),
        run(name, '--version'),
        run(name, mistyped, '1'),
      ]);
      expect(help.output).to.match(/^Usage:\s+npm (run|start|test) /);
      expect(help.output).to.match(/^ {2}--help /m);
      expect([help.code, reported.code, wrong.code]).to.deep.equal([0, 0, 1]);
      expect(reported.output).to.equal(version);
      expect(wrong.output).to.equal(
        `${name === 'dev' ? 'start' : name}: there is no option "${mistyped.split('=')[0]}"; is ${meant} meant? --help lists them`,
      );
    });
  }

  for (const [name, option, said] of [
    ['bench', '--rounds=many', '--rounds must be a whole number from 1, not "many"'],
    ['accuracy', '--trials=0', '--trials must be a whole number from 1, not "0"'],
    ['chaos', '--faults=1.5', '--faults must be a whole number from 1, not "1.5"'],
    ['fuzz', '--requests=-1', '--requests must be a whole number from 1, not "-1"'],
    ['bench-page', '--qwertyuiop', 'there is no option "--qwertyuiop"; --help lists them'],
    ['check', 'word', "Unexpected argument 'word'"],
    ['test', 'ndjson', 'there is no file or folder "ndjson"; --grep takes a part of a title'],
    ['test', 'test/unit/nosuch.test.ts', 'there is no file or folder "test/unit/nosuch.test.ts"'],
    ['test', 'test/units', 'there is no file or folder "test/units"'],
    ['start', '--repair=yes', "Option '--repair' does not take an argument"],
  ] as const) {
    it(`says in one line what is wrong with ${name} ${option}`, async () => {
      const { code, output } = await run(name, option);
      expect(code).to.equal(1);
      expect(output.startsWith(`${name}: ${said}`), output).to.equal(true);
      expect(output).not.to.contain('\n');
    });
  }

  it('of tests runs those of a folder, or that a pattern names, one after another too', async () => {
    for (const chosen of [['test/unit/page'], ['test/unit/page/c*.test.ts', '--grep', 'circle']]) {
      const { code, output } = await run('test', ...chosen, '--jobs=1', '--reporter', 'dot');
      expect(code, output).to.equal(0);
      expect(output).to.match(/\d+ passing/);
    }
  });
});
