/** What of an error is for a log: what kind it is and where it came from, but nothing of what was being worked on. */
export interface ErrorDescription {
  type: string;
  /** As `messageOf` has it. */
  message: string;
  /** As Node.js, gRPC and RabbitMQ number their errors. */
  code?: string | number;
  /** The command that Redis refused, without its arguments. */
  command?: string;
  /** The places in the code, innermost first. */
  stack?: string;
  cause?: ErrorDescription;
  errors?: ErrorDescription[];
}

/** Causes of causes, and errors beside each other, that are described. */
const MAX_DEPTH = 3;
const MAX_ERRORS = 10;

/**
 * What may be logged of anything that was thrown. Errors of dependencies hold what they were called with: a reply of
 * Redis its command with every user id, one of gRPC the metadata. So nothing is taken from them but what is named here.
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

/** What is longer than the messages of dependencies are holds something else. */
const MAX_MESSAGE = 1_000;

/** Not the apostrophe of a word. */
const OPENING_QUOTE = /(?<![\p{L}\p{N}])['"`]/u;

/** A segment as it is in a key of Redis, whatever its keys begin with. */
const KEY = /\{\S*/g;

/** What follows the scheme of a URL: credentials, and what only its path and its query should tell. */
const URL_REST = /:\/\/\S+/g;

/**
 * The message of an error, as far as it may be logged. It ends where it quotes: Redis quotes arguments, V8 the JSON it
 * cannot parse. Of keys of segments and of URLs only the beginning is left.
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

/** The frames of a stack, without the message that it begins with, which may look like one. */
function framesOf({ stack, message }: Error): string {
  const text = String(stack);
  const start = text.indexOf(message);
  return (start < 0 ? text : text.slice(start + String(message).length))
    .split('\n')
    .filter((line) => FRAME.test(line))
    .join('\n');
}

/** Whether a value is one of the names that programs give, and no text. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value);
}
