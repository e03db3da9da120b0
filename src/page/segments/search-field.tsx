import { useEffect, useRef, useState } from 'preact/hooks';

/** How long to wait for the next letter. */
const PAUSE_MS = 150;

export interface SearchFieldProps {
  search: string;
  onSearch: (search: string) => void;
}

/** Searches while it is typed into. */
export function SearchField({ search, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Another link may search for something else; what is being typed is ahead of the link.
  useEffect(() => setText((current) => (current.trim() === search ? current : search)), [search]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function onInput(value: string): void {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(value.trim()), PAUSE_MS);
  }

  return (
    <label class="field search">
      <span class="visually-hidden">Search segments by any part of their name</span>
      <input
        type="search"
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
