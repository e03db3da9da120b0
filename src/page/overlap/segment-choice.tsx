import { MAX_CIRCLES } from '../routing/route.js';
import { LETTERS } from './circles.js';
import { SegmentPicker } from './segment-picker.js';

export interface SegmentChoiceProps {
  segments: readonly string[];
  onChange: (segments: string[]) => void;
}

/** The segments that are compared. Each can be changed, and segments can be added, up to three in total. */
export function SegmentChoice({ segments, onChange }: SegmentChoiceProps) {
  const places = Math.min(Math.max(segments.length + 1, 2), MAX_CIRCLES);
  const replaced = (place: number, segment: string[]) =>
    segments.toSpliced(place, 1, ...segment.filter((one) => !segments.includes(one)));
  return (
    <div class="segment-choice">
      {Array.from({ length: places }, (_, place) => (
        <SegmentPicker
          key={LETTERS[place]}
          label={`Segment ${LETTERS[place]}${place === 2 ? ' (optional)' : ''}`}
          chosen={segments[place]}
          taken={segments}
          onChoose={(segment) => onChange(replaced(place, [segment]))}
          onClear={() => onChange(replaced(place, []))}
        />
      ))}
    </div>
  );
}
