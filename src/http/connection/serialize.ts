import { STATUS_CODES } from 'node:http';
import type { Answer } from '../answer.js';

/**
 * The bytes of an answer, in the form that node:http writes.
 *
 * @param connection the value of the Connection header, with any further headers after it
 */
export function serialize({ status, headers, body }: Answer, connection: string): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${head}Date: ${httpDate()}\r\nConnection: ${connection}\r\n\r\n${body}`;
}

let second = 0;
let date = '';

function httpDate(): string {
  const now = Math.floor(Date.now() / 1_000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1_000).toUTCString();
  }
  return date;
}
