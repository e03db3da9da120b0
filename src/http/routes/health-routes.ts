import { Failure } from '../../domain/failure.js';
import type { Readiness } from '../../process/readiness.js';
import { jsonAnswer, problem } from '../answer.js';
import type { Operation } from '../openapi/operation.js';
import { json, refusals } from '../openapi/parts.js';
import { object } from '../openapi/schema.js';
import type { Route } from '../route.js';

/**
 * `/healthz`: the process is alive. `/readyz`: it can do its work, for which it needs every dependency.
 *
 * @param dependency the name of a dependency that is checked, for the documentation
 */
export function createHealthRoutes(readiness: Readiness, dependency: string): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      needs: 'open',
      anyHost: true,
      handle: () => jsonAnswer(200, { status: 'ok' }),
      operation: {
        tags: ['operations'],
        operationId: 'health',
        summary: 'Is the process alive?',
        responses: { 200: json('Alive', 'Health', { status: 'ok' }) },
      },
      schemas: { Health: object({ status: { const: 'ok' } }) },
    },
    {
      method: 'GET',
      path: '/readyz',
      needs: 'open',
      anyHost: true,
      handle: () => {
        const members = { checks: readiness.checks(), ...readiness.details() };
        const missing = readiness.missing();
        if (readiness.stopping) return notReady('the service is stopping', members);
        if (missing.length > 0) return notReady(missing.join(', '), members);
        return jsonAnswer(200, { status: 'ready', ...members });
      },
      operation: readinessOperation(dependency),
      schemas: { Readiness: readinessSchema },
    },
  ];
}

const readinessSchema = object(
  {
    status: { const: 'ready' },
    checks: { type: 'object', description: 'Each dependency and its state.' },
    queue: { type: 'object', description: 'Of ES with a queue: how full it is.' },
  },
  ['queue'],
);

function notReady(why: string, members: Record<string, unknown>) {
  return problem(new Failure('unavailable', `not ready: ${why}`, { members }));
}

function readinessOperation(dependency: string): Operation {
  const unreachable = new Failure('unavailable', `not ready: ${dependency} cannot be reached`, {
    members: { checks: { [dependency]: 'unreachable' } },
    headers: { 'retry-after': '1' },
  });
  return {
    tags: ['operations'],
    operationId: 'readiness',
    summary: 'Can it do its work?',
    responses: {
      200: json('Ready', 'Readiness', { status: 'ready', checks: { [dependency]: 'ok' } }),
      ...refusals(unreachable),
    },
  };
}
