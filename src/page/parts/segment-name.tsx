/**
 * What is not seen of a name: blanks at its ends, several together, or other than a space, and characters without a shape,
 * but for those that join or choose what is beside them in scripts and emoji.
 */
const UNSEEN =
  /(^\p{White_Space}+|\p{White_Space}+$|\p{White_Space}{2,}|[^\P{White_Space} ]|(?:(?!\p{Join_Control}|\p{Variation_Selector}|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point})+)/u;

/** A name as it stands, with a mark where it has what is not seen, as two may otherwise look the same. */
export function SegmentName({ name }: { name: string }) {
  const parts = name.split(UNSEEN);
  return (
    <bdi>
      {parts.map((part, index) =>
        index % 2 === 0 ? (
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

/** Which characters, such as `U+0020`. */
function codesOf(text: string): string {
  return [...text]
    .map((one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}
