import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

let isFirstView = true;

/**
 * Names the document, and moves the focus to the heading of a view that was gone to, which is how screen readers tell
 * that there is another one.
 *
 * @param title names the view; it is another view when it changes
 * @returns for the heading
 */
export function useTitle(title: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  // At once: a frame later the focus may be where somebody has put it.
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
