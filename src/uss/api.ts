import type { ApiDescription } from '../http/openapi/document.js';

/** The description of USS in its OpenAPI document. */
export const ussApi: ApiDescription = {
  title: 'USS: User Segmentation Service',
  description: `The front door: takes memberships, one user seen in one segment, and passes them to the
Estimation Service, which counts the different users of each segment over its window of UTC days.`,
  days: 'How many UTC days to count, today included: 1 up to the window. All of them when left out.',
  dependency: 'es',
};
