import { announcement } from '../state/announcement.js';
import { useStore } from '../state/store.js';

/** The live region in which screen readers read what `announce` was given. */
export function Announcer() {
  return (
    <div role="status" class="visually-hidden">
      {useStore(announcement)}
    </div>
  );
}
