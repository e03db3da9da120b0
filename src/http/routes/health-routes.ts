import { Failure } from '../../domain/failure.js';
import type { Readiness } from '../../process/readiness.js';
import { jsonAnswer, problem } from '../answer.js';
import type { Route } from '../route.js';

/** `/healthz`: the process is alive. `/readyz`: it can do its work, which takes every dependency. */
export function createHealthRoutes(readiness: Readiness): Route[] {
  return [
    {
      path: '/healthz',
      needs: 'open',
      anyHost: true,
      get: () => jsonAnswer(200, { status: 'ok' }),
    },
    {
      path: '/readyz',
      needs: 'open',
      anyHost: true,
      get: () => {
        const members = { checks: readiness.checks(), ...readiness.details() };
        const missing = readiness.missing();
        if (readiness.stopping) return notReady('the service is stopping', members);
        if (missing.length > 0) return notReady(missing.join(', '), members);
        return jsonAnswer(200, { status: 'ready', ...members });
      },
    },
  ];
}

function notReady(why: string, members: Record<string, unknown>) {
  return problem(new Failure('unavailable', `not ready: ${why}`, { members }));
}
