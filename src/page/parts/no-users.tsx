import type { Users } from '../api/answers.js';

/** A doubt beside a segment that is known to have no users, as a misspelt one has. */
export function NoUsers({ users: { user_count, below_floor } }: { users: Users }) {
  if (user_count > 0 || below_floor) return null;
  return <small class="no-users">No users on these days. Is the name right?</small>;
}
