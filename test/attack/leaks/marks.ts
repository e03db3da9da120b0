/** A text that nothing but the marks of a test holds. */
const STEM = 'q7xMark';

/** What no log may hold: names, and secrets of every kind, each with the same stem. */
export const MARKS = {
  segment: `segment ${STEM} {é}`,
  userId: `user-${STEM}`,
  /** An API key of a client. */
  apiKey: `key-${STEM}`,
  /** The API key of USS for ES. */
  token: `token-${STEM}`,
  /** The password of Redis. */
  password: `password-${STEM}`,
  /** The subject of a JSON Web Token. */
  subject: `subject-${STEM}`,
};

/** The stem as programs print what they do not take for text. */
const FORMS = [
  STEM,
  ...['hex', 'base64'].flatMap((encoding) => encoded(encoding as BufferEncoding)),
  [...Buffer.from(STEM)].map((byte) => byte.toString(16)).join(' '),
  [...Buffer.from(STEM)].join(','),
];

/** The stem in an encoding, wherever in a text it begins, without what depends on its neighbours. */
function encoded(encoding: BufferEncoding): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.from(' '.repeat(shift) + STEM);
    return bytes.toString(encoding).slice(4, -4);
  });
}

/** The lines of a text that hold a mark in whatever form. */
export function marked(text: string): string[] {
  return text.split('\n').filter((line) => FORMS.some((form) => line.includes(form)));
}
