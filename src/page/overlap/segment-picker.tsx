import { useEffect, useId, useState } from 'preact/hooks';
import { formatCount } from '../parts/format.js';
import { useSuggestions } from './use-suggestions.js';

export interface SegmentPickerProps {
  label: string;
  chosen: string | undefined;
  /** Segments that are chosen already, here or elsewhere. */
  taken: readonly string[];
  onChoose: (segment: string) => void;
  onClear: () => void;
}

/** A field with suggestions: the combobox with a listbox of the ARIA Authoring Practices Guide. */
export function SegmentPicker({ label, chosen, taken, onChoose, onClear }: SegmentPickerProps) {
  const id = useId();
  const [text, setText] = useState(chosen ?? '');
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const found = useSuggestions(isOpen ? text : undefined, taken);
  useEffect(() => setText(chosen ?? ''), [chosen]);

  const close = () => {
    setIsOpen(false);
    setActive(-1);
  };
  const choose = (segment: string) => {
    setText(segment);
    close();
    if (segment !== chosen) onChoose(segment);
  };
  const leave = () => {
    close();
    if (text === '' && chosen !== undefined) onClear();
    else setText(chosen ?? '');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      setActive((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    } else if (step !== undefined) setIsOpen(true);
    else if (event.key === 'Enter') {
      const segment = found[active]?.segment ?? text;
      if (segment !== '') choose(segment);
    } else if (event.key === 'Escape') {
      close();
      setText(chosen ?? '');
    } else return;
    event.preventDefault();
  };

  const isShown = isOpen && found.length > 0;
  return (
    <div class="picker">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
        autocomplete="off"
        spellcheck={false}
        placeholder="Type a part of its name"
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => setIsOpen(true)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setIsOpen(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={`Suggestions for ${label}`}
        hidden={!isShown}
      >
        {found.map(({ segment, user_count }, index) => (
          <div
            key={segment}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // Before the field loses the focus, and with it its suggestions.
            onMouseDown={(event) => {
              event.preventDefault();
              choose(segment);
            }}
          >
            <bdi>{segment}</bdi>
            <span class="muted">{formatCount(user_count)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
