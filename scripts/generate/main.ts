// Makes src/generated/es-paths.ts from the routes of ES. USS, which does not import ES, names them where it has none.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queries } from '../../src/es/queries/queries.js';
import { createQueryRoutes } from '../../src/es/rest/routes.js';
import type { BodyOptions } from '../../src/http/request/body.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder to write to');

const paths: Record<string, string[]> = {};
// Only their methods and paths are read, so the routes need no queries.
for (const { method, path } of createQueryRoutes({} as Queries, {} as BodyOptions, 1)) {
  paths[path] = [...(paths[path] ?? []), method];
}
const text = `// Made from the routes of ES by npm run generate; do not edit.

/** What ES answers beside what both services do: methods by path. */
export const ES_PATHS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(paths, null, 2)};
`;
writeFileSync(join(folder, 'es-paths.ts'), text);
