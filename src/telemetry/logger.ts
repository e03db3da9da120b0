import { type Logger, type LoggerOptions, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { describeError } from './describe-error.js';

export type { Logger };

/** The levels, from the fewest lines to the most. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** `auto` is `pretty` in a terminal and `json` elsewhere. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

export interface LogOptions {
  level: string;
  format: string;
}

/** Replaces each error in a line by its description, so that no complete error is logged. */
const WITHOUT_ERRORS: LoggerOptions = {
  hooks: {
    logMethod(parameters, method) {
      const [first, ...others] = parameters as unknown[];
      const line = first instanceof Error ? { err: first } : first;
      method.apply(this, [withoutErrors(line), ...others] as Parameters<typeof method>);
    },
  },
  // The serializer of pino would mistake a description for an error, and change its type.
  serializers: { err: (description) => description },
};

function withoutErrors(line: unknown): unknown {
  if (typeof line !== 'object' || line === null) return line;
  return Object.fromEntries(
    Object.entries(line).map(([key, value]) => [
      key,
      // `err` may be any thrown value, not only an Error.
      value instanceof Error || key === 'err' ? describeError(value) : value,
    ]),
  );
}

/**
 * A logger that writes one line per event to stdout.
 *
 * @param name the name of the service, which is in every line
 */
export function createLogger(name: string, { level, format }: LogOptions): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  const options = { name, level, ...WITHOUT_ERRORS };
  return pretty
    ? pino(options, PinoPretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', sync: true }))
    : pino(options);
}
