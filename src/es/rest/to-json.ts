import { type Answer, jsonAnswer } from '../../http/answer.js';

/** The answer with the result of a query. */
export function toAnswer(value: object): Answer {
  return jsonAnswer(200, toJson(value));
}

/**
 * A result in the form of REST: names in snake_case, and `below_floor` only if it is true. JSON itself leaves out undefined
 * members.
 */
function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(
    ([name, member]) => name !== 'belowFloor' || member === true,
  );
  return Object.fromEntries(
    members.map(([name, member]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      toJson(member),
    ]),
  );
}
