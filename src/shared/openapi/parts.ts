/** A reference to a schema of the document. */
export function ref(schema: string) {
  return { $ref: `#/components/schemas/${schema}` };
}

/** A response with a JSON body. */
export function json(description: string, schema: string, example: object) {
  return { description, content: { 'application/json': { schema: ref(schema), example } } };
}

/** An example of a problem document. */
export function problemExample(status: number, title: string, detail: string) {
  return { type: 'about:blank', title, status, detail };
}

/** A response with a problem document. */
export function failure(status: number, title: string, detail: string) {
  return {
    description: title,
    content: {
      'application/problem+json': {
        schema: ref('Problem'),
        example: problemExample(status, title, detail),
      },
    },
  };
}

/** The response to a body of a type, or with a coding, that is not taken. */
export function wrongType(detail: string) {
  return {
    ...failure(415, 'Unsupported Media Type', detail),
    headers: {
      Accept: {
        description: 'The types that are taken; where a coding was wrong, Accept-Encoding instead.',
        schema: { type: 'string' },
      },
    },
  };
}

/** The headers of a response that asks to come back. */
export const retryAfter = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
};

/** The responses for what goes wrong without the client's doing. */
export function inside() {
  return {
    500: failure(500, 'Internal Server Error', 'something went wrong inside the service'),
    503: {
      ...failure(503, 'Service Unavailable', 'the store cannot be reached now; try again'),
      headers: retryAfter,
    },
    504: failure(504, 'Gateway Timeout', 'the deadline passed before the store answered'),
  };
}
