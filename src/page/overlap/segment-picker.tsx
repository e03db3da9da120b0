import { useId } from 'preact/hooks';
import { formatCount } from '../parts/format.js';
import { SegmentName } from '../parts/segment-name.js';
import { type Combobox, type ComboboxOptions, useCombobox } from './use-combobox.js';

/** A field with suggestions: the combobox with a listbox popup of the ARIA Authoring Practices Guide. */
export function SegmentPicker({ label, ...options }: ComboboxOptions & { label: string }) {
  const id = useId();
  const combobox = useCombobox(options);
  const { text, found, active } = combobox;
  return (
    <div class="picker">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
        autocomplete="off"
        spellcheck={false}
        placeholder="Type a part of its name"
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        onClick={combobox.open}
        onInput={(event) => combobox.type(event.currentTarget.value)}
        onKeyDown={combobox.press}
        onBlur={combobox.leave}
      />
      <Suggestions id={id} label={label} combobox={combobox} />
    </div>
  );
}

interface SuggestionsProps {
  /** The id of the field. */
  id: string;
  label: string;
  combobox: Combobox;
}

function Suggestions({ id, label, combobox: { found, active, choose } }: SuggestionsProps) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={`Suggestions for ${label}`}
      hidden={found.length === 0}
    >
      {found.map(({ segment, user_count }, index) => (
        <div
          key={segment}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          // On mouse down, because after that the field loses the focus and closes its suggestions.
          onMouseDown={(event) => {
            event.preventDefault();
            choose(segment);
          }}
        >
          <SegmentName name={segment} />
          <span class="muted">{formatCount(user_count)}</span>
        </div>
      ))}
    </div>
  );
}
