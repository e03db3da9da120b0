/** Why a request has no answer: a problem document (RFC 9457), or the network. */
export class RequestFailure extends Error {
  /** The HTTP status; 0 when nothing was answered. */
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Anything that was thrown, as a failure that can be shown. */
export function toRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  // All that fetch says is that it failed.
  return new RequestFailure(0, 'the service does not answer; it may be down, or out of reach');
}
