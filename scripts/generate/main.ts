// Makes src/generated/es-paths.ts of the routes of ES, so that USS, which knows nothing of ES, can say what ES answers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queries } from '../../src/es/queries/queries.js';
import { createQueryRoutes } from '../../src/es/rest/routes.js';
import type { BodyOptions } from '../../src/http/request/body.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder to write to');

const paths: Record<string, string[]> = {};
// Nothing is asked of them but their methods and paths, so they need no queries.
for (const { method, path } of createQueryRoutes({} as Queries, {} as BodyOptions, 1)) {
  paths[path] = [...(paths[path] ?? []), method];
}
const text = `// Made by npm run generate of the routes of ES; not to be edited.

/** What ES answers beside what both services do: methods by path. */
export const ES_PATHS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(paths, null, 2)};
`;
writeFileSync(join(folder, 'es-paths.ts'), text);
