export const ATTACK = {
  name: 'attack',
  usage: `Usage: npm run attack

Attacks both services in the ways that SECURITY.md lists, in full; npm test runs a short form.

  --help      this text
  --version   the version of the project`,
  options: {},
};
