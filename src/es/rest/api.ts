import type { ApiDescription } from '../../http/openapi/document.js';

/**
 * The description of ES in its OpenAPI document.
 *
 * @param windowDays how many UTC days this ES counts
 */
export function esApi(windowDays: number): ApiDescription {
  return {
    title: 'ES: Estimation Service',
    description: `Counts how many different users each segment had over the last ${windowDays} UTC days,
today included. Keeps one Redis HyperLogLog per segment and day. The same is to be had over gRPC.`,
    days: daysMeaning(windowDays),
    dependency: 'redis',
  };
}

/** The meaning of `days` in requests to ES. */
export function daysMeaning(windowDays: number): string {
  return `How many UTC days to count, today included: 1 to ${windowDays}. All of them when left out.`;
}
