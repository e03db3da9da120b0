import { useEffect, useRef, useState } from 'preact/hooks';

/** How long to wait for the next letter, in milliseconds. */
const PAUSE_MS = 150;

export interface SearchFieldProps {
  search: string;
  onSearch: (search: string) => void;
}

/** A field that searches while the user types. */
export function SearchField({ search, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // A link may have another search text. While the user types, the text in the field is newer than the link.
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
