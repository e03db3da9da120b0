import { useEffect, useRef, useState } from 'preact/hooks';
import { toRequestFailure } from '../api/request-failure.js';
import { deleteSegment } from '../api/requests.js';
import { announce } from '../state/announcement.js';
import { SegmentName } from './segment-name.js';

export interface DeleteDialogProps {
  segment: string;
  onDeleted: () => void;
  onClose: () => void;
}

/** Asks the user whether to delete a segment, and deletes it. */
export function DeleteDialog({ segment, onDeleted, onClose }: DeleteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function remove(): Promise<void> {
    setIsBusy(true);
    try {
      await deleteSegment(segment);
      announce(`${segment} is deleted`);
      dialog.current?.close();
      onDeleted();
    } catch (error) {
      setFailure(toRequestFailure(error).message);
      setIsBusy(false);
    }
  }

  return (
    <dialog ref={dialog} aria-labelledby="delete-title" onClose={onClose}>
      <h2 id="delete-title">
        Delete <SegmentName name={segment} />?
      </h2>
      <p>
        Its counts of all days are deleted immediately, for everybody. What is stored later starts
        from zero. This cannot be undone.
      </p>
      {failure !== '' && (
        <p role="alert" class="failure-text">
          Not deleted: {failure}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={remove}>
          Delete
        </button>
      </div>
    </dialog>
  );
}
