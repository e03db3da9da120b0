/** The environment without settings of the services: those of the user who runs a suite are not what it tests. */
export function withoutSettings() {
  const variables = Object.entries(process.env);
  return Object.fromEntries(variables.filter(([name]) => !/^(ES|USS)_/.test(name)));
}
