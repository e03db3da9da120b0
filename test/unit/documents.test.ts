import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FAILURE_CODES } from '../../src/domain/failure.js';

const tracked = execFileSync('git', ['ls-files']).toString().trim().split('\n');
const documents = tracked.filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md');

/** The variables of both services with their defaults, as the examples of the configuration files have them. */
const defaults = new Map(
  ['es', 'uss'].flatMap((service) => defaultsOf(`config/${service}.yaml.example`)),
);

function defaultsOf(file: string): [variable: string, value: string][] {
  let variable: string | undefined;
  const found: [string, string][] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    variable = /^ *#.*\(((?:ES|USS|OTEL|SOURCE)_\w+)\)/.exec(line)?.[1] ?? variable;
    const value = /^ *#?\w+: ?(.*)$/.exec(line)?.[1];
    if (value === undefined || variable === undefined) continue;
    found.push([variable, value.replace(/^'(.*)'$/, '$1')]);
    variable = undefined;
  }
  return found;
}

/** Variables that no key has: of ours, and those of others that are spoken of. */
const OTHERS = new Set([
  'ES_CONFIG',
  'USS_CONFIG',
  'ES_JAVA_OPTS',
  'ES_REDIS',
  'ES_SERVICE_HOST',
  'ES_HOST',
  'ES_PORT',
  'ES_URL',
]);

/** Which variables a name in a document may mean. */
function meant(name: string): string[] {
  const services = name.startsWith('*_') ? ['ES_', 'USS_'] : [''];
  return services.map((service) => service + name.replace(/^\*_/, ''));
}

function isVariable(name: string): boolean {
  if (OTHERS.has(name) || defaults.has(name) || defaults.has(name.replace(/_FILE$/, '')))
    return true;
  const start = /^(.*)\*$/.exec(name)?.[1];
  return start !== undefined && [...defaults.keys()].some((one) => one.startsWith(start));
}

const withoutFences = (text: string) => text.replace(/^```.*?^```/gms, '');

/** How GitHub calls a heading in a link. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/ /g, '-');
}

for (const file of documents) {
  describe(file, () => {
    const text = readFileSync(file, 'utf8');

    it('names no variable that there is not', () => {
      const names =
        text.match(/(?<![\w*])(?:\*|ES|USS)_[A-Z][A-Z0-9_]*[A-Z0-9](?:_\*)?(?![\w=]*-)/g) ?? [];
      const unknown = names.filter((name) => !meant(name).some(isVariable) && name !== '*_FILE');
      expect(unknown).to.deep.equal([]);
    });

    it('has no link that leads nowhere', () => {
      for (const [, target = ''] of withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path, anchor] = target.split('#') as [string, string?];
        const to = path === '' ? file : join(dirname(file), path);
        expect(existsSync(to), target).to.equal(true);
        if (anchor === undefined) continue;
        const headings = readFileSync(to, 'utf8').matchAll(/^#+ (.*)$/gm);
        const anchors = [...headings].map(([, heading]) => anchorOf(heading as string));
        expect(anchors, target).to.include(anchor);
      }
    });

    it('names no file that there is not', () => {
      const paths = [
        ...withoutFences(text).matchAll(/`([\w./-]+\.(?:ts|mjs|yml|yaml|conf|proto))`/g),
      ];
      for (const [, path = ''] of paths) {
        const isThere = tracked.some((one) => one === path || one.endsWith(`/${path}`));
        expect(isThere || existsSync(`${path}.example`), path).to.equal(true);
      }
    });
  });
}

describe('The variables of README.md', () => {
  const rows = [...readFileSync('README.md', 'utf8').matchAll(/^\| (`[A-Z].*?) \| (.*?) \|/gm)];

  it('have the defaults that it tells', () => {
    const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
    let reported = 0;
    for (const [, names = '', values = ''] of rows) {
      const variables = words(names);
      const value = words(values);
      for (const [index, variable = ''] of variables.entries()) {
        const expected = value.length === variables.length ? value[index] : (value[0] ?? '');
        expect(defaults.get(variable), variable).to.equal(expected);
        reported += 1;
      }
    }
    expect(reported).to.be.greaterThan(15);
  });
});

describe('docs/operations.md', () => {
  it('says of every code of a failure what to do', () => {
    const section = readFileSync('docs/operations.md', 'utf8')
      .split(/^## /m)
      .find((one) => one.startsWith('What failures are called'));
    const rows = section?.split('\n').filter((line) => line.startsWith('| `')) ?? [];
    const reported = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
    expect(reported.map(([, code]) => code)).to.have.members([...FAILURE_CODES]);
  });
});
