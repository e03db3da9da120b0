import { isDeepStrictEqual } from 'node:util';
import { StartError } from '../process/lifecycle.js';
import type { Remark } from './environment.js';
import type { SchemaKey } from './schema-keys.js';

/** Keys that do nothing while another one, their switch, has some values. */
interface Dependence {
  /** Keys, or what several of them begin with; a service without them is passed over. */
  keys: readonly string[];
  switch: string;
  /** Of which values of the switch they do nothing. */
  isOff: (value: unknown) => boolean;
  /** How the switch is then, and how it is to be, in words behind its variable. */
  is: string;
  should: string;
  /** Whether they protect something, so that a service without that must not start. */
  protects?: true;
}

const is = (off: unknown) => (value: unknown) => value === off;
const isNot = (on: unknown) => (value: unknown) => value !== on;
const isNoUrlOf = (scheme: string) => (value: unknown) => !String(value).startsWith(`${scheme}:`);

/** Every setting that has no effect because of another one. */
const DEPENDENCES: readonly Dependence[] = [
  {
    keys: ['auth.apiKeys'],
    ...{ switch: 'auth.mode', isOff: is('none'), is: 'is none', should: '=api-key, or both' },
    protects: true,
  },
  {
    keys: ['jwt'],
    ...{ switch: 'auth.mode', isOff: is('none'), is: 'is none', should: '=jwt, or both' },
    protects: true,
  },
  {
    keys: ['auth.metrics', 'auth.docs'],
    ...{ switch: 'auth.mode', isOff: is('none'), is: 'is none', should: '=api-key, jwt or both' },
    protects: true,
  },
  {
    keys: ['auth.apiKeys'],
    ...{ switch: 'auth.mode', isOff: is('jwt'), is: 'is jwt', should: '=both' },
  },
  {
    keys: ['jwt'],
    ...{ switch: 'auth.mode', isOff: is('api-key'), is: 'is api-key', should: '=both' },
  },
  {
    keys: ['es.tls'],
    ...{ switch: 'es.tls.enabled', isOff: is(false), is: 'is false', should: '=true' },
    protects: true,
  },
  {
    keys: ['grpc.tls.caFile', 'grpc.tls.allowedClients'],
    ...{ switch: 'grpc.tls.certFile', isOff: is(''), is: 'is not set', should: ' and its key' },
    protects: true,
  },
  {
    keys: ['grpc.tls.allowedClients'],
    ...{ switch: 'grpc.tls.caFile', isOff: is(''), is: 'is not set', should: '' },
    protects: true,
  },
  {
    keys: ['redis.tls'],
    ...{ switch: 'redis.url', isOff: isNoUrlOf('rediss'), is: 'is not rediss://' },
    should: ' to a rediss:// URL',
    protects: true,
  },
  {
    keys: ['rabbitmq.tls'],
    ...{ switch: 'rabbitmq.url', isOff: isNoUrlOf('amqps'), is: 'is not amqps://' },
    should: ' to an amqps:// URL',
    protects: true,
  },
  {
    keys: ['redis.sentinelPassword', 'redis.masterName'],
    ...{ switch: 'redis.mode', isOff: isNot('sentinel'), is: 'is not sentinel' },
    should: '=sentinel',
  },
  {
    keys: ['redis.waitTimeoutMs'],
    ...{ switch: 'redis.waitReplicas', isOff: is(0), is: 'is 0', should: ' to how many' },
  },
  {
    keys: ['rabbitmq.queue', 'rabbitmq.timeoutMs'],
    ...{ switch: 'rabbitmq.url', isOff: is(''), is: 'is not set', should: ' to where RabbitMQ is' },
  },
  {
    keys: ['rabbitmq', 'window.days'],
    ...{ switch: 'transport', isOff: isNot('rabbitmq'), is: 'is grpc', should: '=rabbitmq' },
  },
  {
    keys: ['http.rateLimit.burst'],
    ...{ switch: 'http.rateLimit.perSecond', isOff: is(0), is: 'is 0', should: ' to the limit' },
  },
  {
    keys: ['http.bodyGraceMs'],
    ...{ switch: 'http.minBodyBytesPerSecond', isOff: is(0), is: 'is 0', should: ' to the least' },
  },
  {
    keys: ['http.allowedHosts'],
    ...{ switch: 'auth.mode', isOff: isNot('none'), is: 'is not none', should: '=none' },
  },
];

/**
 * Looks for settings that have no effect because of another one. A setting is one that is not at its default.
 *
 * @returns a warning for each switch that some wait for in vain
 * @throws StartError where what was to protect something would not
 */
export function remarksOnIdle(keys: SchemaKey[], config: object): Remark[] {
  const refusals: string[] = [];
  const remarks: Remark[] = [];
  for (const row of DEPENDENCES) {
    const { isOff, protects } = row;
    const by = keys.find(({ path }) => path === row.switch);
    if (by === undefined || !isOff(valueAt(config, by.path))) continue;
    const idle = keys.filter((key) => isAmong(key, row.keys) && isSet(key, config));
    if (idle.length === 0) continue;
    const names = idle.map(({ env, path }) => `${env} (${path})`).join(', ');
    const plural = idle.length > 1;
    const what = protects
      ? `protect${plural ? '' : 's'} nothing`
      : `ha${plural ? 've' : 's'} no effect`;
    const remedy = row.should === '' ? `set ${by.env}` : `set ${by.env}${row.should}`;
    const text = `${names} ${what} while ${by.env} ${row.is}: ${remedy}, or unset ${plural ? 'them' : 'it'}`;
    if (protects) refusals.push(text);
    else remarks.push({ level: 'warn', text });
  }
  if (refusals.length > 0) throw new StartError(`bad configuration: ${refusals.join('; ')}`);
  return remarks;
}

function isAmong({ path }: SchemaKey, paths: readonly string[]): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`));
}

function isSet(key: SchemaKey, config: object): boolean {
  return !isDeepStrictEqual(valueAt(config, key.path), key.default);
}

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config);
}
