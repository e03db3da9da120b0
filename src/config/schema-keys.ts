/** A setting, described by a schema of convict. */
export interface SchemaKey {
  /** Its path in the file, such as `http.port`. */
  path: string;
  /** The variable that sets it. */
  env: string;
  default: unknown;
  /** Whether it is a secret. */
  sensitive: boolean;
}

/** All settings of a schema, also nested ones. */
export function keysOf(node: object, path = ''): SchemaKey[] {
  const { env, default: value, sensitive } = node as Record<string, unknown>;
  if (typeof env === 'string')
    return [{ path, env, default: value, sensitive: sensitive === true }];
  return Object.entries(node).flatMap(([name, child]) =>
    typeof child === 'object' && child !== null
      ? keysOf(child, path === '' ? name : `${path}.${name}`)
      : [],
  );
}
