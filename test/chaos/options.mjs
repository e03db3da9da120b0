export const CHAOS = {
  name: 'chaos',
  usage: `Usage: npm run chaos -- [options]

  --seed N           the faults of an earlier run again
  --faults N         faults in each mode; 50 unless given
  --modes WORDS      of single, sentinel, cluster and rabbitmq; all unless given
  --env NAME=VALUE   a setting of the services beside their defaults, as ES_REDIS_WAIT_REPLICAS=1; any number of times
  --all-allowed      denies ES no command: where it may not write samples for a moment, their buckets have none that day
  --help             this text
  --version          the version of the project`,
  numbers: ['faults'],
  options: /** @type {const} */ ({
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    faults: { type: 'string', default: '50' },
    modes: { type: 'string', default: 'single,sentinel,cluster,rabbitmq' },
    env: { type: 'string', multiple: true },
    'all-allowed': { type: 'boolean', default: false },
  }),
};
