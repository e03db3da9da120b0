export const DOCS_CHECK = {
  name: 'docs-check',
  usage: `
Usage: npm run docs-check

Tries every shell command of every document, but for those that need a Docker engine or take long.

  --help     this
  --version  the version of the project`,
  options: {},
};
