import { type Logger, type LoggerOptions, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { describeError } from './describe-error.js';

export type { Logger };

/** Levels from silent to most talkative. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** `auto` is `pretty` in a terminal and `json` elsewhere. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

export interface LogOptions {
  level: string;
  format: string;
}

/** Whatever a line is made of, an error in it is logged as it is described, and never whole. */
const DESCRIBED: LoggerOptions = {
  hooks: {
    logMethod(parameters, method) {
      const [first, ...others] = parameters as unknown[];
      const line = first instanceof Error ? { err: first } : first;
      method.apply(this, [withoutErrors(line), ...others] as Parameters<typeof method>);
    },
  },
  // That of pino would take a description for an error, and name its type anew.
  serializers: { err: (description) => description },
};

function withoutErrors(line: unknown): unknown {
  if (typeof line !== 'object' || line === null) return line;
  return Object.fromEntries(
    Object.entries(line).map(([key, value]) => [
      key,
      // Whatever is thrown comes by that name, an error or not.
      value instanceof Error || key === 'err' ? describeError(value) : value,
    ]),
  );
}

/**
 * A logger to stdout, one line an event.
 *
 * @param name the service, in every line
 */
export function createLogger(name: string, { level, format }: LogOptions): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  const options = { name, level, ...DESCRIBED };
  return pretty
    ? pino(options, PinoPretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', sync: true }))
    : pino(options);
}
