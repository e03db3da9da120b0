import type { Registry } from 'prom-client';
import type { Release } from '../process/lifecycle.js';
import { type Probe, startProbe } from '../process/probe.js';
import type { ReadinessOptions } from '../process/readiness.js';
import { rabbitmqTarget } from '../rabbitmq/connection.js';
import type { Logger } from '../telemetry/logger.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import type { UssConfig } from './config.js';
import { createGrpcForwarder } from './es-client/grpc-forwarder.js';
import type { Forwarder } from './forwarder.js';
import { createRabbitmqForwarder } from './rabbitmq-forwarder.js';

export interface OpenForwardersOptions {
  registry: Registry;
  tracing: Tracing;
  logger: Logger;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** The ways from USS to ES. */
export interface OpenForwarders {
  /** The way on which memberships are stored. */
  store: Forwarder;
  /** The way on which segments are counted: never a queue, because a queue cannot answer. */
  es: Forwarder;
  /** The ways that USS checks; without the required ones it is not ready. */
  dependencies: Pick<ReadinessOptions, 'required' | 'optional'>;
  /** Resolves when memberships can be stored for the first time. */
  ready: Promise<void>;
}

/** Makes the ways to ES that are configured, and watches them. */
export function openForwarders(
  config: UssConfig,
  options: OpenForwardersOptions,
  onRelease: (release: Release) => void,
): OpenForwarders {
  const watch = (target: string, forwarder: Forwarder): Probe => {
    onRelease(() => forwarder.close());
    const { check } = forwarder;
    const probe = startProbe({ target, check, logger: options.logger });
    onRelease(() => probe.stop());
    return probe;
  };
  const es = createGrpcForwarder({ ...config.es, ...options });
  const esProbe = watch(`ES at ${config.es.address}`, es);
  if (config.transport === 'grpc') {
    return { store: es, es, dependencies: { required: { es: esProbe } }, ready: esProbe.ready };
  }
  const rabbitmq = createRabbitmqForwarder({
    ...config.rabbitmq,
    ...options,
    windowDays: config.window.days,
    counter: es,
  });
  const rabbitmqProbe = watch(rabbitmqTarget(config.rabbitmq.url), rabbitmq);
  return {
    store: rabbitmq,
    es,
    dependencies: { required: { rabbitmq: rabbitmqProbe }, optional: { es: esProbe } },
    ready: rabbitmqProbe.ready,
  };
}
