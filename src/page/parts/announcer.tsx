import { announcement } from '../state/announcement.js';
import { useStore } from '../state/store.js';

/** The live region from which screen readers read the texts of `announce`. */
export function Announcer() {
  return (
    <div role="status" class="visually-hidden">
      {useStore(announcement)}
    </div>
  );
}
