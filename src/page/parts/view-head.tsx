import type { ComponentChildren, RefObject } from 'preact';

export interface ViewHeadProps {
  heading: RefObject<HTMLHeadingElement | null>;
  title: ComponentChildren;
  /** Stands before the title. */
  before?: ComponentChildren;
  /** Stands beside it. */
  note?: ComponentChildren;
}

/** What a view is called; the heading takes the focus when the view is gone to. */
export function ViewHead({ heading, title, before, note }: ViewHeadProps) {
  return (
    <div class="view-head">
      {before && <p class="breadcrumb">{before}</p>}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {note && <p class="muted">{note}</p>}
    </div>
  );
}
