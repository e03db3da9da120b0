import { Failure, untraced } from '../../domain/failure.js';
import { checkMembers, type UnknownMembers } from '../../domain/known-members.js';
import type { Clients } from '../../limits/clients.js';
import type { HttpRequest } from '../route.js';
import { mediaType } from './content.js';
import type { JsonLimits } from './json-counter.js';
import { otherCoding } from './other-codings.js';
import { checkNoRepeats } from './repeated-member.js';
import { checkWhole, readAll, takeBody } from './whole-body.js';

/** Options for reading the bodies of a service. */
export interface BodyOptions {
  /** Gives the names of the clients of bodies, and charges these clients. */
  clients: Pick<Clients, 'nameOf' | 'quota'>;
  /** Whether to refuse a body, or a line of a body, that has unknown members, or to ignore these members. */
  unknownMembers: UnknownMembers;
}

/**
 * Reads a whole body and parses it.
 *
 * @param remedy what the client should probably do if the body is not JSON
 * @throws Failure `too-large`, `invalid` or `limited`, as soon as that is certain
 */
export async function readJson(
  request: HttpRequest,
  limits: JsonLimits,
  { clients }: Pick<BodyOptions, 'clients'>,
  remedy?: string,
): Promise<unknown> {
  const body = takeBody(request);
  if (body === undefined) return parseJson(await readAll(request, limits, clients), () => remedy);
  checkWhole(body, limits);
  return parseJson(body, () => remedy);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param remedyOf what the client should probably do about a text that is not JSON; `goesOn` tells whether more text
 *   follows a complete value
 * @throws Failure `invalid` if bytes are not UTF-8, the text is not JSON, or an object has a member twice
 */
export function parseJson(
  json: string | Uint8Array,
  remedyOf?: (text: string, goesOn: boolean) => string | undefined,
): unknown {
  const text = typeof json === 'string' ? json : decode(json);
  let value: unknown;
  try {
    value = untraced(() => JSON.parse(text));
  } catch (error) {
    if (text.trim() === '') throw badJson('the JSON is empty');
    // The message of V8 may quote a user id, so only the position is taken from it.
    const position = /at position \d+/.exec(String(error))?.[0];
    const broken = `the JSON is broken${position ? ` ${position}` : ''}`;
    const remedy = remedyOf?.(text, String(error).includes('after JSON at'));
    throw badJson(remedy === undefined ? broken : `${broken}; ${remedy}`);
  }
  checkNoRepeats(text, value);
  return value;
}

function badJson(detail: string): Failure {
  return new Failure('invalid', detail, { code: 'invalid_json' });
}

/**
 * Reads a body that is a JSON object.
 *
 * @param members the members it may have
 * @throws Failure `wrong-type`, `too-large` or `invalid`
 */
export async function readObject(
  request: HttpRequest,
  limits: JsonLimits,
  members: readonly string[],
  options: BodyOptions,
): Promise<Record<string, unknown>> {
  mediaType(request, ['application/json']);
  const body = await readJson(request, limits, options);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Failure(
      'invalid',
      `the body must be a JSON object; it may have ${members.join(', ')}`,
    );
  }
  checkMembers(body, members, options.unknownMembers);
  return body as Record<string, unknown>;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badJson(otherCoding(bytes) ?? 'the JSON is not valid UTF-8');
  }
}
