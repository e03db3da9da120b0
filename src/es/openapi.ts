import { createOpenApi } from '../shared/openapi/document.js';

/** @param windowDays how many UTC days this ES counts */
export function openApi(windowDays: number) {
  return createOpenApi({
    title: 'ES: Estimation Service',
    description: `Counts how many different users each segment had over the last ${windowDays} UTC days,
today included. Keeps one Redis HyperLogLog per segment and day. The same is to be had over gRPC.`,
    days: `How many UTC days to count, today included: 1 to ${windowDays}. All of them when left out.`,
    dependency: 'redis',
  });
}
