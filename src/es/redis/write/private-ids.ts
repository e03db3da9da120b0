import { createHmac, createSecretKey } from 'node:crypto';
import type { MembershipGroup } from '../../../domain/membership-groups.js';

/** Replaces user ids by hashes that only the holder of a secret can compute. */
export type PrivateIds = (groups: readonly MembershipGroup[]) => readonly MembershipGroup[];

/** 128 bits: two of a billion users get the same hash with a probability of 10^-21. */
const HASH_BYTES = 16;

/**
 * Replaces user ids by HMAC-SHA-256 (RFC 2104), truncated to 128 bits, in base64url. Redis hashes with a seed
 * that everybody knows, so raw ids can be chosen to inflate a count or to be missing from it; hashes cannot.
 *
 * @param secret the key; with an empty one the ids stay as they are
 */
export function createPrivateIds(secret: string): PrivateIds {
  if (secret === '') return (groups) => groups;
  const key = createSecretKey(secret, 'utf8');
  const hide = (userId: string) =>
    createHmac('sha256', key).update(userId).digest().toString('base64url', 0, HASH_BYTES);
  return (groups) => groups.map((group) => ({ ...group, userIds: group.userIds.map(hide) }));
}
