import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

let isFirstView = true;

/**
 * Sets the title of the document, and moves the focus to the heading of a new view, so that screen readers announce it.
 *
 * @param title the title of the view; a new title is a new view
 * @returns the ref for the heading
 */
export function useTitle(title: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  // In a layout effect, because one frame later the user may have moved the focus.
  useLayoutEffect(() => {
    document.title = `${title} – Segments`;
    if (isFirstView) isFirstView = false;
    else {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [title]);
  return heading;
}
