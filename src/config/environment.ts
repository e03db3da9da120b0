import { nearest } from '../domain/nearest.js';
import { StartError } from '../process/lifecycle.js';
import type { SchemaKey } from './schema-keys.js';
import { readSecrets, SUFFIX } from './secret-files.js';

/** What Kubernetes sets in a container for each Service, whose name may be that of ours: es makes ES_SERVICE_HOST. */
const SERVICE_LINK = /(?:^|_)(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_.+)?)$/;

/** The value of another one, such as ES_PORT, or ES_GRPC_PORT where the Service is es-grpc. */
const LINKED_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Variables that clients of Elasticsearch are told by where it is; nobody can know whether ours are meant. */
const OF_ELASTICSEARCH = ['ES_HOST', 'ES_PORT', 'ES_URL'];

/** What many programs have a variable for each of, and ours in one: a URL, or an address. */
const PART_OF_ADDRESS =
  /_(?:HOST|HOSTNAME|PORT|USER|USERNAME|PASSWORD|PASS|DB|DATABASE|VHOST)(?:_FILE)?$/;

/** So many variables that begin with the same word make all that begin with it ours. */
const FEWEST_OF_SECTION = 3;

type Env = Record<string, string>;

/** What there is to say of a configuration that is no fault, at the start. */
export interface Remark {
  level: 'info' | 'warn';
  text: string;
}

/**
 * The variables that a configuration is read from: not those that are empty, not links of Kubernetes, and for a secret that
 * is in a file its value.
 *
 * @param prefix what the variables of the service begin with; others are not looked at
 * @throws StartError that names each variable that is nearly one of the service's, beside that one
 */
export function readEnvironment(keys: SchemaKey[], prefix: string, env: NodeJS.ProcessEnv): Env {
  const links = new Set(serviceLinks(env));
  const set = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' && !links.has(name)),
  ) as Env;
  refuseMistaken(knownVariables(keys, prefix), prefix, Object.keys(set));
  return { ...set, ...readSecrets(keys, set) };
}

/**
 * What to say of variables that are passed over: links of Kubernetes and those of Elasticsearch, which might be taken for ours,
 * and a share of traces that no sampler looks at.
 */
export function remarksOnOthers(
  keys: SchemaKey[],
  prefix: string,
  env: NodeJS.ProcessEnv,
): Remark[] {
  const links = serviceLinks(env);
  const known = knownVariables(keys, prefix);
  const ofOthers = OF_ELASTICSEARCH.filter(
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
    ...ofOthers.map(
      (name): Remark => ({
        level: 'warn',
        text: `${name} is passed over, as one of Elasticsearch; ${prefix}_${nearestOf(name, known, prefix)} would be ours`,
      }),
    ),
  ];
}

/** All traces are sampled then, where somebody wanted a few. */
function remarksOnSampler(env: NodeJS.ProcessEnv): Remark[] {
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share } = env;
  if (!share || sampler.endsWith('traceidratio')) return [];
  const text = `OTEL_TRACES_SAMPLER_ARG has no effect while OTEL_TRACES_SAMPLER is ${sampler || 'not set'}: set it to parentbased_traceidratio, or unset it`;
  return [{ level: 'warn', text }];
}

/** The variables that have the address of a Service where they would have a port. */
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

/** What is wrong with a variable that is not known; nothing where it is somebody else's. */
function complaintOf(name: string, known: string[], prefix: string): string[] {
  if (OF_ELASTICSEARCH.includes(name)) return [];
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
  if (known.filter((other) => other.startsWith(section)).length < FEWEST_OF_SECTION) return [];
  return [`${name} is not known, and ${section} is ours: ${file} has all, or unset it`];
}

function withoutPrefix(variable: string, prefix: string): string {
  return variable.slice(prefix.length + 1);
}

/** The known variable that was most likely meant, without its prefix. */
function nearestOf(name: string, known: string[], prefix: string): string | undefined {
  return nearest(
    withoutPrefix(name, prefix),
    known.map((one) => withoutPrefix(one, prefix)),
  );
}

function knownVariables(keys: SchemaKey[], prefix: string): string[] {
  const all = keys.flatMap(({ env, sensitive }) => (sensitive ? [env, env + SUFFIX] : [env]));
  return [...all, `${prefix}_CONFIG`].filter((name) => name.startsWith(`${prefix}_`));
}
