import type { ServerWritableStream, UntypedHandleCall } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { refusingUndecodable } from './undecodable.js';

type Services = Pick<ReturnType<typeof refusingUndecodable>, 'addService'>;

/** grpc.health.v1 of some services, and of the server as a whole. */
export interface Health {
  /** Says of all of them whether they serve; at first they do not. */
  setServing(serving: boolean): void;
  addToServer(services: Services): void;
}

/** What is watched by those who ask for a service that there is not. */
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
            // It keeps the name of each service that was ever watched.
            if (!names.includes(call.request.service)) call.request.service = UNKNOWN;
            watch(call);
          };
          addService(definition, { ...implementation, watch: watchKnown as UntypedHandleCall });
        },
      }),
  };
}

type WatchCall = ServerWritableStream<{ service: string }, unknown>;
