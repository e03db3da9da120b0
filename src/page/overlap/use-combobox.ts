import { useEffect, useState } from 'preact/hooks';
import type { ListedCount } from '../api/answers.js';
import { useSuggestions } from './use-suggestions.js';

export interface ComboboxOptions {
  chosen: string | undefined;
  /** Segments that are already chosen in this field or another one. */
  taken: readonly string[];
  onChoose: (segment: string) => void;
  onClear: () => void;
}

export interface Combobox {
  text: string;
  found: readonly ListedCount[];
  /** The index of the suggestion that Enter chooses; -1 if there is none. */
  active: number;
  open(): void;
  type(text: string): void;
  press(event: KeyboardEvent): void;
  choose(segment: string): void;
  leave(): void;
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** The state of a field with suggestions, and the handling of its keys. */
export function useCombobox({ chosen = '', taken, onChoose, onClear }: ComboboxOptions): Combobox {
  const [text, setText] = useState(chosen);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const found = useSuggestions(isOpen ? text : undefined, taken);
  useEffect(() => setText(chosen), [chosen]);

  const close = (shown: string) => {
    setText(shown);
    setIsOpen(false);
    setActive(-1);
  };
  const choose = (segment: string) => {
    close(segment);
    if (segment !== '' && segment !== chosen) onChoose(segment);
  };
  const step = (by: number) => {
    setIsOpen(true);
    // Without an active suggestion the up key selects the last one.
    const from = active < 0 && by < 0 ? found.length : active;
    if (found.length > 0) setActive((from + by + found.length) % found.length);
  };
  return {
    text,
    found: isOpen ? found : [],
    active,
    choose,
    open: () => setIsOpen(true),
    type: (typed) => {
      setText(typed);
      setIsOpen(true);
      setActive(-1);
    },
    press: (event) => {
      const by = STEPS[event.key];
      if (by !== undefined) step(by);
      else if (event.key === 'Enter') choose(found[active]?.segment ?? text);
      else if (event.key === 'Escape') close(chosen);
      else return;
      event.preventDefault();
    },
    leave: () => {
      if (text === '' && chosen !== '') onClear();
      close(text === '' ? '' : chosen);
    },
  };
}
