import type { ComponentChildren, RefObject } from 'preact';

export interface ViewHeadProps {
  heading: RefObject<HTMLHeadingElement | null>;
  title: ComponentChildren;
  /** Shown before the title. */
  before?: ComponentChildren;
  /** Shown next to the title. */
  note?: ComponentChildren;
}

/** The title of a view. Its heading gets the focus when the view is opened. */
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
