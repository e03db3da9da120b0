import { createRequire } from 'node:module';

/** The version of the package, of which both services are. */
export const { version } = createRequire(import.meta.url)('../../package.json') as {
  version: string;
};
