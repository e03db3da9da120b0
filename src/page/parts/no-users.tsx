import type { Users } from '../api/answers.js';

/** A hint next to a segment without users: its name may be misspelt. */
export function NoUsers({ users: { user_count, below_floor } }: { users: Users }) {
  if (user_count > 0 || below_floor) return null;
  return <small class="no-users">No users on these days. Is the name right?</small>;
}
