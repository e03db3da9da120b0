import type { Need, Scope } from '../../auth/scope.js';
import { EstimationServiceService } from '../../generated/segment.js';
import { HEALTH, REFLECTION } from './method-limits.js';

/** The scope that each method of EstimationService needs. */
const SCOPES: Record<keyof typeof EstimationServiceService, Scope> = {
  store: 'segments:write',
  storeBatch: 'segments:write',
  storeStream: 'segments:write',
  count: 'segments:read',
  countBatch: 'segments:read',
  listSegments: 'segments:read',
  estimate: 'segments:read',
  history: 'segments:read',
  overlap: 'segments:read',
  estimateExpression: 'segments:read',
  similar: 'segments:read',
  deleteSegment: 'segments:admin',
};

const scopesByPath = new Map<string, Need>(
  Object.entries(SCOPES).map(([name, scope]) => [
    EstimationServiceService[name as keyof typeof SCOPES].path,
    scope,
  ]),
);

/** The requirement of a method for its client. A method that is not in the table is for administrators only. */
export function needsOf(path: string): Need {
  if (path.startsWith(HEALTH)) return 'open';
  if (path.startsWith(REFLECTION)) return 'authenticated';
  return scopesByPath.get(path) ?? 'segments:admin';
}
