import { Failure } from '../../domain/failure.js';
import { json, refusals } from './parts.js';

export const health = {
  tags: ['operations'],
  operationId: 'health',
  summary: 'Is the process alive?',
  responses: { 200: json('Alive', 'Health', { status: 'ok' }) },
};

/** @param dependency the name of what is checked */
export function readiness(dependency: string) {
  const notReady = new Failure('unavailable', `not ready: ${dependency} cannot be reached`, {
    members: { checks: { [dependency]: 'unreachable' } },
    headers: { 'retry-after': '1' },
  });
  return {
    tags: ['operations'],
    operationId: 'readiness',
    summary: 'Can it do its work?',
    responses: {
      200: json('Ready', 'Readiness', { status: 'ready', checks: { [dependency]: 'ok' } }),
      ...refusals(notReady),
    },
  };
}

export const metrics = {
  tags: ['operations'],
  operationId: 'metrics',
  summary: 'What it does, in figures, as Prometheus reads them',
  responses: {
    200: {
      description: 'Metrics',
      content: {
        'text/plain': { schema: { type: 'string' } },
        'application/openmetrics-text': { schema: { type: 'string' } },
      },
    },
  },
};

export const openApiJson = {
  tags: ['operations'],
  operationId: 'openApi',
  summary: 'This document',
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  },
};

export const swaggerPage = {
  tags: ['operations'],
  operationId: 'swagger',
  summary: 'This document as a page to try it out on',
  responses: {
    200: { description: 'Swagger UI', content: { 'text/html': { schema: { type: 'string' } } } },
  },
};
