import convict from 'convict';

convict.addFormat({
  name: 'whole-number',
  validate: (value: unknown, key) => {
    const { minimum, maximum } = key as unknown as { minimum: number; maximum: number };
    if (!Number.isInteger(value) || Number(value) < minimum || Number(value) > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
});
convict.addFormat({
  name: 'optional-text',
  validate: (value: unknown) => {
    if (typeof value !== 'string') throw new Error('must be a text');
  },
});
convict.addFormat({
  name: 'text',
  validate: (value: unknown) => {
    if (typeof value !== 'string' || value === '') throw new Error('must be a text, not empty');
  },
});

convict.addFormat({
  name: 'ratio',
  validate: (value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
      throw new Error('must be a number from 0 to 1');
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^(?:\d+|\d*\.\d+)$/.test(value) ? Number(value) : value,
});

convict.addFormat({
  name: 'workers',
  validate: (value: unknown) => {
    if (
      value !== 'auto' &&
      !(Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 512)
    ) {
      throw new Error('must be auto, or a whole number from 1 to 512');
    }
  },
  coerce: (value: unknown) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
});

/** The words for true and false, in lower case. */
const WORDS = new Map<string, boolean>([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

convict.addFormat({
  name: 'switch',
  validate: (value: unknown) => {
    if (typeof value !== 'boolean') {
      throw new Error(`must be one of ${[...WORDS.keys()].join(', ')}`);
    }
  },
  coerce: (value: unknown) => WORDS.get(String(value).trim().toLowerCase()) ?? value,
});
