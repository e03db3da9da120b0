/** Whether attacks are run in full (`npm run attack`) or in the short form that `npm test` has time for. */
const isFull = process.env.ATTACK_SCALE === 'full';

/** How many, or how much, of something: `short` within `npm test`, `full` by `npm run attack`. */
export function atScale(short: number, full: number): number {
  return isFull ? full : short;
}

/** Prints what was measured, where attacks are run in full. */
export function show(figure: string): void {
  if (isFull) console.log(`        ${figure}`);
}
