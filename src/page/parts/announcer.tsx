import { announcement } from '../state/announcement.js';
import { useStore } from '../state/store.js';

/** Says what `announce` is told. */
export function Announcer() {
  return (
    <div role="status" class="visually-hidden">
      {useStore(announcement)}
    </div>
  );
}
