import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

describe('SECURITY.md', () => {
  const table = readFileSync('SECURITY.md', 'utf8')
    .split('\n')
    .filter(
      (line) => line.startsWith('| ') && line.endsWith(' |') && /\b(attack|unit)\//.test(line),
    );

  it('names a test for each limit, and each is there', () => {
    expect(table.length).to.be.greaterThan(20);
    for (const row of table) {
      const tests = row.split('|').at(-2)?.split(',') ?? [];
      for (const name of tests.map((test) => test.trim())) {
        expect(existsSync(`test/${name}.test.ts`), row).to.equal(true);
      }
    }
  });

  it('names only keys that there are', () => {
    const examples = ['es', 'uss'].map((service) =>
      readFileSync(`config/${service}.yaml.example`, 'utf8'),
    );
    for (const [, service = '', name] of table.join().matchAll(/`(\*|ES|USS)_([A-Z_]+[A-Z])`/g)) {
      const variables = service === '*' ? [`ES_${name}`, `USS_${name}`] : [`${service}_${name}`];
      for (const variable of variables) {
        expect(
          examples.some((text) => text.includes(`(${variable})`)),
          variable,
        ).to.equal(true);
      }
    }
  });
});
