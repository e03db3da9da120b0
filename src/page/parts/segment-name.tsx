/** White space and invisible characters, except joiners and variation selectors, which scripts and emoji need. */
const BLANKS_OR_SHAPELESS =
  /(\p{White_Space}+|(?:(?!\p{Join_Control}|\p{Variation_Selector}|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point})+)/u;

/** A name in which invisible characters are marked, because two names may otherwise look the same. */
export function SegmentName({ name }: { name: string }) {
  // Each second part is invisible. Single spaces between other characters are not marked.
  const parts = name.split(BLANKS_OR_SHAPELESS);
  return (
    <bdi>
      {parts.map((part, index) =>
        index % 2 === 0 || isSeen(parts, index) ? (
          part
        ) : (
          <span class="unseen" title={codesOf(part)}>
            {part}
          </span>
        ),
      )}
    </bdi>
  );
}

/** Whether a part is a single space between other characters. */
function isSeen(parts: readonly string[], index: number): boolean {
  const isFirst = index === 1 && parts[0] === '';
  const isLast = index === parts.length - 2 && parts.at(-1) === '';
  return parts[index] === ' ' && !isFirst && !isLast;
}

/** The code points of a text, such as `U+0020`. */
function codesOf(text: string): string {
  return [...text]
    .map((one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}
