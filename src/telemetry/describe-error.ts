/** The parts of an error that may be logged: its kind and its origin, without any data of requests. */
export interface ErrorDescription {
  type: string;
  /** Shortened by `messageOf`. */
  message: string;
  /** The code that Node.js, gRPC or RabbitMQ gives the error. */
  code?: string | number;
  /** The command that Redis refused, without its arguments. */
  command?: string;
  /** The frames of the stack, innermost first. */
  stack?: string;
  cause?: ErrorDescription;
  errors?: ErrorDescription[];
}

/** How many levels of causes are described, and how many errors of an aggregate. */
const MAX_DEPTH = 3;
const MAX_ERRORS = 10;

/**
 * Describes any thrown value for the log. Errors of dependencies contain data of the request: an error of Redis has the
 * command with every user id, an error of gRPC has the metadata. So only the properties that are named here are logged.
 */
export function describeError(error: unknown, depth = MAX_DEPTH): ErrorDescription {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'what was thrown is no error' };
  const { code, command, errors } = error as Error & Record<string, unknown>;
  const commandName = (command as { name?: unknown } | undefined)?.name;
  const stack = framesOf(error);
  return {
    type: isWord(error.name) ? error.name : 'Error',
    message: messageOf(error),
    ...((isWord(code) || typeof code === 'number') && { code }),
    ...(isWord(commandName) && { command: commandName }),
    ...(stack !== '' && { stack }),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
    ...(Array.isArray(errors) &&
      depth > 0 && {
        errors: errors.slice(0, MAX_ERRORS).map((each) => describeError(each, depth - 1)),
      }),
  };
}

/** The maximum length of the logged part of a message; messages of dependencies are shorter. */
const MAX_MESSAGE = 1_000;

/** A quotation mark that does not follow a letter, so it is not an apostrophe. */
const OPENING_QUOTE = /(?<![\p{L}\p{N}])['"`]/u;

/** A segment within a key of Redis. */
const KEY = /\{\S*/g;

/** The rest of a URL after its scheme: it may have credentials, and data in its path and query. */
const URL_REST = /:\/\/\S+/g;

/**
 * The part of an error message that may be logged. It ends at the first quotation mark: Redis quotes arguments, V8 quotes
 * JSON that it cannot parse. Keys of segments and URLs are shortened.
 */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? String(error.message) : '';
  const text = message.slice(0, MAX_MESSAGE).replace(/\p{Cc}+/gu, ' ');
  const quote = text.search(OPENING_QUOTE);
  return (quote < 0 ? text : `${text.slice(0, quote + 1)}…`)
    .replace(KEY, '{…')
    .replace(URL_REST, '://…');
}

const FRAME = /^ {4}at .*:\d+:\d+\)?$/;

/** The frames of a stack, without the message before them, which may look like frames. */
function framesOf({ stack, message }: Error): string {
  const text = String(stack);
  const start = text.indexOf(message);
  return (start < 0 ? text : text.slice(start + String(message).length))
    .split('\n')
    .filter((line) => FRAME.test(line))
    .join('\n');
}

/** Whether a value is an identifier, and not a text. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value);
}
