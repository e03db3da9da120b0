/** Why a request has no answer: a problem document (RFC 9457), or the network. */
export class RequestFailure extends Error {
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Turns any thrown value into a failure that can be shown. */
export function toRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  // fetch says only that it failed.
  return new RequestFailure(0, 'the service does not answer; it may be down, or out of reach');
}
