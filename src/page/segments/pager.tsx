import { useRef } from 'preact/hooks';

export interface PagerProps {
  cursor: string;
  next: string | null;
  onCursor: (cursor: string) => void;
}

/** Moves through the pages of a list. A cursor leads only to the next page, so the pager remembers the previous pages. */
export function Pager({ cursor, next, onCursor }: PagerProps) {
  const before = useRef(new Map<string, string>());
  const isFirst = cursor === '';
  // If a link opened a page in the middle, the page before it is unknown.
  const previous = before.current.get(cursor);

  function goOn(): void {
    before.current.set(next as string, cursor);
    onCursor(next as string);
  }

  if (isFirst && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <PagerButton title="First" onClick={isFirst ? undefined : () => onCursor('')} />
      <PagerButton
        title="Previous"
        onClick={previous === undefined ? undefined : () => onCursor(previous)}
      />
      <PagerButton title="Next" onClick={next === null ? undefined : goOn} />
    </nav>
  );
}

/** A button that keeps the focus at the last page, unlike a disabled one. */
function PagerButton({ title, onClick }: { title: string; onClick: (() => void) | undefined }) {
  return (
    <button type="button" aria-disabled={onClick === undefined} onClick={onClick}>
      {title}
    </button>
  );
}
