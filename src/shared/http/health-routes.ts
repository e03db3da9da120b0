import { Failure } from '../failure.js';
import type { Probe } from '../probe.js';
import { problem } from './answer.js';
import type { Route } from './app.js';

/**
 * `/healthz`: the process is alive. `/readyz`: it can do its work, which takes every dependency.
 *
 * @param dependencies what the service cannot work without, by name
 */
export function createHealthRoutes(dependencies: Record<string, Probe>): Route[] {
  return [
    { path: '/healthz', get: () => ({ status: 200, json: { status: 'ok' } }) },
    {
      path: '/readyz',
      get: () => {
        const checks = Object.fromEntries(
          Object.entries(dependencies).map(([name, { ok }]) => [name, ok ? 'ok' : 'unreachable']),
        );
        const away = Object.keys(checks).filter((name) => checks[name] !== 'ok');
        if (away.length === 0) return { status: 200, json: { status: 'ready', checks } };
        return problem(
          new Failure('unavailable', `not ready: ${away.join(', ')} cannot be reached`, {
            members: { checks },
          }),
        );
      },
    },
  ];
}
