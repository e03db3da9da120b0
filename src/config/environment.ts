import { nearest } from '../domain/nearest.js';
import { StartError } from '../process/lifecycle.js';
import type { SchemaKey } from './schema-keys.js';
import { readSecrets, SUFFIX } from './secret-files.js';

/**
 * The variables that Kubernetes sets for each Service. The Service may have the same name as ours: `es` makes
 * ES_SERVICE_HOST.
 */
const SERVICE_LINK = /(?:^|_)(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_.+)?)$/;

/** The value of a port variable that Kubernetes sets, such as ES_PORT, or ES_GRPC_PORT for the Service `es-grpc`. */
const LINKED_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Variables that clients of Elasticsearch read too: they may be meant for these clients. */
const ELASTICSEARCH_VARIABLES = ['ES_HOST', 'ES_PORT', 'ES_URL'];

/** Parts of an address. Many programs have a variable for each part; ours has one for the whole URL or address. */
const PART_OF_ADDRESS =
  /_(?:HOST|HOSTNAME|PORT|USER|USERNAME|PASSWORD|PASS|DB|DATABASE|VHOST)(?:_FILE)?$/;

/** How many of our variables must begin with a word, so that an unknown variable with the same beginning is refused. */
const MIN_SECTION_SIZE = 3;

type Env = Record<string, string>;

/** A remark about a configuration, logged at the start. It is not an error. */
export interface Remark {
  level: 'info' | 'warn';
  text: string;
}

/**
 * The variables of a configuration: without empty ones and links of Kubernetes, with the values of secrets that are in
 * files.
 *
 * @param prefix the prefix of the variables of the service; others are not checked
 * @throws StartError that names each unknown variable, with the known one that was probably meant
 */
export function readEnvironment(keys: SchemaKey[], prefix: string, env: NodeJS.ProcessEnv): Env {
  const links = new Set(serviceLinks(env));
  const variables = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' && !links.has(name)),
  ) as Env;
  refuseMistaken(knownVariables(keys, prefix), prefix, Object.keys(variables));
  return { ...variables, ...readSecrets(keys, variables) };
}

/**
 * Remarks on variables that are ignored: links of Kubernetes and variables of Elasticsearch, which may look like ours, and
 * a share of traces that no sampler uses.
 */
export function remarksOnOthers(
  keys: SchemaKey[],
  prefix: string,
  env: NodeJS.ProcessEnv,
): Remark[] {
  const links = serviceLinks(env);
  const known = knownVariables(keys, prefix);
  const elasticsearch = ELASTICSEARCH_VARIABLES.filter(
    (name) => name.startsWith(`${prefix}_`) && env[name] && !links.includes(name),
  );
  return [
    ...remarksOnSampler(env),
    ...links
      .filter((name) => known.includes(name))
      .map(
        (name): Remark => ({
          level: 'info',
          text: `${name} is the link of Kubernetes to a Service of that name, and no port: passed over; enableServiceLinks: false in the pod makes none`,
        }),
      ),
    ...elasticsearch.map(
      (name): Remark => ({
        level: 'warn',
        text: `${name} is passed over, as one of Elasticsearch; ${prefix}_${nearestOf(name, known, prefix)} would be ours`,
      }),
    ),
  ];
}

/** Without a sampler that uses the share, all traces are sampled although a share is configured. */
function remarksOnSampler(env: NodeJS.ProcessEnv): Remark[] {
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share } = env;
  if (!share || sampler.endsWith('traceidratio')) return [];
  const text = `OTEL_TRACES_SAMPLER_ARG has no effect while OTEL_TRACES_SAMPLER is ${sampler || 'not set'}: set it to parentbased_traceidratio, or unset it`;
  return [{ level: 'warn', text }];
}

/** The variables that end in `_PORT`, but have the address of a Service of Kubernetes. */
function serviceLinks(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(([name, value = '']) => /_PORT$/.test(name) && LINKED_ADDRESS.test(value))
    .map(([name]) => name);
}

function refuseMistaken(known: string[], prefix: string, names: string[]): void {
  const own = names.filter((name) => name.toUpperCase().startsWith(`${prefix}_`));
  const complaints = own
    .filter((name) => !known.includes(name) && !SERVICE_LINK.test(name))
    .flatMap((name) => complaintOf(name, known, prefix));
  if (complaints.length > 0) throw new StartError(`bad configuration: ${complaints.join('; ')}`);
}

/** The error for an unknown variable; an empty list if another program may use the variable. */
function complaintOf(name: string, known: string[], prefix: string): string[] {
  if (ELASTICSEARCH_VARIABLES.includes(name)) return [];
  const file = `config/${prefix.toLowerCase()}.yaml.example`;
  const [owner, ...parts] = name.toUpperCase().split(PART_OF_ADDRESS);
  const whole = known.find((one) => one === `${owner}_URL` || one === `${owner}_ADDRESS`);
  if (parts.length > 0 && whole !== undefined) {
    return [`${name} is not known, ${whole} has that in it: ${file} shows how, or unset it`];
  }
  const meant = nearestOf(name, known, prefix);
  if (meant !== undefined) {
    return [`${name} is not known, ${prefix}_${meant} is: rename or unset it`];
  }
  const section = `${prefix}_${withoutPrefix(name, prefix).toUpperCase().split('_', 1)[0]}_`;
  if (known.filter((other) => other.startsWith(section)).length < MIN_SECTION_SIZE) return [];
  return [`${name} is not known, and ${section} is ours: ${file} has all, or unset it`];
}

function withoutPrefix(variable: string, prefix: string): string {
  return variable.slice(prefix.length + 1);
}

/** The known variable that was probably meant, without its prefix. */
function nearestOf(name: string, known: string[], prefix: string): string | undefined {
  return nearest(
    withoutPrefix(name, prefix),
    known.map((one) => withoutPrefix(one, prefix)),
  );
}

function knownVariables(keys: SchemaKey[], prefix: string): string[] {
  const names = keys.flatMap(({ env, sensitive }) => (sensitive ? [env, env + SUFFIX] : [env]));
  return [...names, `${prefix}_CONFIG`].filter((name) => name.startsWith(`${prefix}_`));
}
