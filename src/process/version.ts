import { createRequire } from 'node:module';

/** The version of the package that contains both services. */
export const { version } = createRequire(import.meta.url)('../../package.json') as {
  version: string;
};
