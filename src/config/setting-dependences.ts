/** Settings that have no effect while another one, their switch, has certain values. */
export interface SettingDependence {
  /** The settings, or their sections. Services without them ignore this entry. */
  keys: readonly string[];
  /** The switch. */
  switch: string;
  /** Whether the settings have no effect with a value of the switch. */
  isOff: (value: unknown) => boolean;
  /** The state of the switch in this case, as a text that follows its variable. */
  is: string;
  /** How to set the switch, as a text that follows its variable. */
  should: string;
  /** Whether the settings protect something, so that the service must not start without their effect. */
  protects?: true;
}

const is = (off: unknown) => (value: unknown) => value === off;
const isNot = (on: unknown) => (value: unknown) => value !== on;
const isNoUrlOf = (scheme: string) => (value: unknown) => !String(value).startsWith(`${scheme}:`);

/** Every setting whose effect depends on another one. */
export const SETTING_DEPENDENCES: readonly SettingDependence[] = [
  {
    keys: ['auth.apiKeys'],
    switch: 'auth.mode',
    isOff: is('none'),
    is: 'is none',
    should: '=api-key, or both',
    protects: true,
  },
  {
    keys: ['jwt'],
    switch: 'auth.mode',
    isOff: is('none'),
    is: 'is none',
    should: '=jwt, or both',
    protects: true,
  },
  {
    keys: ['auth.metrics', 'auth.docs'],
    switch: 'auth.mode',
    isOff: is('none'),
    is: 'is none',
    should: '=api-key, jwt or both',
    protects: true,
  },
  {
    keys: ['auth.apiKeys'],
    switch: 'auth.mode',
    isOff: is('jwt'),
    is: 'is jwt',
    should: '=both',
  },
  {
    keys: ['jwt'],
    switch: 'auth.mode',
    isOff: is('api-key'),
    is: 'is api-key',
    should: '=both',
  },
  {
    keys: ['es.tls'],
    switch: 'es.tls.enabled',
    isOff: is(false),
    is: 'is false',
    should: '=true',
    protects: true,
  },
  {
    keys: ['grpc.tls.caFile', 'grpc.tls.allowedClients'],
    switch: 'grpc.tls.certFile',
    isOff: is(''),
    is: 'is not set',
    should: ' and its key',
    protects: true,
  },
  {
    keys: ['grpc.tls.allowedClients'],
    switch: 'grpc.tls.caFile',
    isOff: is(''),
    is: 'is not set',
    should: '',
    protects: true,
  },
  {
    keys: ['redis.tls'],
    switch: 'redis.url',
    isOff: isNoUrlOf('rediss'),
    is: 'is not rediss://',
    should: ' to a rediss:// URL',
    protects: true,
  },
  {
    keys: ['rabbitmq.tls'],
    switch: 'rabbitmq.url',
    isOff: isNoUrlOf('amqps'),
    is: 'is not amqps://',
    should: ' to an amqps:// URL',
    protects: true,
  },
  {
    keys: ['redis.sentinelPassword', 'redis.masterName'],
    switch: 'redis.mode',
    isOff: isNot('sentinel'),
    is: 'is not sentinel',
    should: '=sentinel',
  },
  {
    keys: ['redis.waitTimeoutMs'],
    switch: 'redis.waitReplicas',
    isOff: is(0),
    is: 'is 0',
    should: ' to how many',
  },
  {
    keys: ['rabbitmq.queue', 'rabbitmq.timeoutMs'],
    switch: 'rabbitmq.url',
    isOff: is(''),
    is: 'is not set',
    should: ' to where RabbitMQ is',
  },
  {
    keys: ['rabbitmq', 'window.days'],
    switch: 'transport',
    isOff: isNot('rabbitmq'),
    is: 'is grpc',
    should: '=rabbitmq',
  },
  {
    keys: ['http.rateLimit.burst'],
    switch: 'http.rateLimit.perSecond',
    isOff: is(0),
    is: 'is 0',
    should: ' to the limit',
  },
  {
    keys: ['http.bodyGraceMs'],
    switch: 'http.minBodyBytesPerSecond',
    isOff: is(0),
    is: 'is 0',
    should: ' to the least',
  },
  {
    keys: ['http.allowedHosts'],
    switch: 'auth.mode',
    isOff: isNot('none'),
    is: 'is not none',
    should: '=none',
  },
];
