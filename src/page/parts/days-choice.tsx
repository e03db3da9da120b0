import { windowDays } from '../state/window-days.js';
import { plural } from './format.js';

export interface DaysChoiceProps {
  days: number;
  onChange: (days: number) => void;
}

/** A choice of how many UTC days are counted, today included. */
export function DaysChoice({ days, onChange }: DaysChoiceProps) {
  return (
    <label class="field field-inline">
      Window
      <select
        value={String(days)}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      >
        {Array.from({ length: windowDays }, (_, index) => index + 1).map((choice) => (
          <option key={choice} value={String(choice)}>
            {choice === 1 ? 'Today' : `Last ${plural(choice, 'day')}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The number of days in a link, at most the window. */
export function chosenDays(asked: number | undefined): number {
  return Math.min(asked ?? windowDays, windowDays);
}
