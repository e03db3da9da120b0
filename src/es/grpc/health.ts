import type { ServerWritableStream, UntypedHandleCall } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { refusingUndecodable } from './undecodable.js';

type Services = Pick<ReturnType<typeof refusingUndecodable>, 'addService'>;

/** Implements grpc.health.v1 for the given services and for the server as a whole. */
export interface Health {
  /** Sets whether all of these services serve. @default false */
  setServing(serving: boolean): void;
  addToServer(services: Services): void;
}

/** The name used for all unknown services that clients watch. */
const UNKNOWN = 'unknown';

export function createHealth(serviceNames: readonly string[]): Health {
  const names = ['', ...serviceNames];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])),
  );
  return {
    setServing(serving) {
      for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
    addToServer: ({ addService }) =>
      health.addToServer({
        addService(definition, implementation) {
          const watch = implementation.watch as (call: WatchCall) => void;
          const watchKnown = (call: WatchCall) => {
            // The library keeps the name of every service that a client has ever watched.
            if (!names.includes(call.request.service)) call.request.service = UNKNOWN;
            watch(call);
          };
          addService(definition, { ...implementation, watch: watchKnown as UntypedHandleCall });
        },
      }),
  };
}

type WatchCall = ServerWritableStream<{ service: string }, unknown>;
