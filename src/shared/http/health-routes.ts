import { Failure } from '../failure.js';
import type { Readiness } from '../readiness.js';
import { jsonAnswer, problem } from './answer.js';
import type { Route } from './route.js';

/** `/healthz`: the process is alive. `/readyz`: it can do its work, which takes every dependency. */
export function createHealthRoutes(readiness: Readiness): Route[] {
  return [
    { path: '/healthz', get: () => jsonAnswer(200, { status: 'ok' }) },
    {
      path: '/readyz',
      get: () => {
        const checks = readiness.checks();
        const away = Object.keys(checks).filter((name) => checks[name] !== 'ok');
        if (readiness.stopping) return notReady('the service is stopping', checks);
        if (away.length > 0) return notReady(`${away.join(', ')} cannot be reached`, checks);
        return jsonAnswer(200, { status: 'ready', checks });
      },
    },
  ];
}

function notReady(why: string, checks: object) {
  return problem(new Failure('unavailable', `not ready: ${why}`, { members: { checks } }));
}
