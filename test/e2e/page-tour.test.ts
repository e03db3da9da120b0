import { type EsSystem, startEsWithRedis } from '../support/es.js';
import { importFile, VISITS } from '../support/import.js';
import { startVisitor, type Visitor } from '../support/page.js';
import { tour } from '../tour/tour.js';

describe('A tour of the page', () => {
  let es: EsSystem;
  let visitor: Visitor;
  before(async () => {
    es = await startEsWithRedis();
    visitor = await startVisitor(es.urls[0]);
  });
  after(async () => {
    await visitor.close();
    await es.close();
  });

  it('shows what was imported, and what ES answers', async () => {
    await importFile(es.urls[0], [...VISITS, '--verify']);
    await tour(es.urls[0], visitor);
  });
});
