// Imports a file into an ES and a Redis of their own, compares every count with the exact one, walks through the page
// in a browser, and takes the pictures in docs/images/ on the way.
//
//   npm run tour                        with examples/visits.csv
//   npm run tour -- FILE [options]      with another file; the options are those of npm run import
import { fileURLToPath } from 'node:url';
import { startEsWithRedis } from '../support/es.js';
import { importFile, VISITS } from '../support/import.js';
import { startVisitor } from '../support/page.js';
import { tour } from './tour.js';

const IMAGES = new URL('../../docs/images/', import.meta.url);

const given = process.argv.slice(2);
const es = await startEsWithRedis();
const [base] = es.urls;
console.log(await importFile(base, [...(given.length === 0 ? VISITS : given), '--verify']));
const visitor = await startVisitor(base);
await tour(base, visitor, {
  say: (line) => console.log(line),
  async picture(page, name) {
    await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, IMAGES)) });
  },
});
await visitor.close();
await es.close();
process.exit();
