import { Failure } from '../failure.js';
import type { Probe } from '../probe.js';
import { jsonAnswer, problem } from './answer.js';
import type { Route } from './route.js';

/**
 * `/healthz`: the process is alive. `/readyz`: it can do its work, which takes every dependency.
 *
 * @param dependencies what the service cannot work without, by name
 */
export function createHealthRoutes(dependencies: Record<string, Probe>): Route[] {
  return [
    { path: '/healthz', get: () => jsonAnswer(200, { status: 'ok' }) },
    {
      path: '/readyz',
      get: () => {
        const checks = Object.fromEntries(
          Object.entries(dependencies).map(([name, { ok }]) => [name, ok ? 'ok' : 'unreachable']),
        );
        const away = Object.keys(checks).filter((name) => checks[name] !== 'ok');
        if (away.length === 0) return jsonAnswer(200, { status: 'ready', checks });
        return problem(
          new Failure('unavailable', `not ready: ${away.join(', ')} cannot be reached`, {
            members: { checks },
          }),
        );
      },
    },
  ];
}
