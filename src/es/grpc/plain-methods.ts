import type { MethodDefinition } from '@grpc/grpc-js';
import type { RequestLog } from '../../telemetry/request-log.js';
import type { Admit } from './admission.js';
import { PREFIX_BYTES } from './message-part.js';
import type { Answer } from './methods.js';
import type { CallMetrics } from './metrics.js';
import { type PlainCall, type PlainMethod, takeMessage } from './plain-calls.js';
import { type CallResources, PlainLife } from './plain-life.js';
import { checkedTraceparent, requestContextOf } from './request-context.js';
import { toStatus } from './status.js';
import { decodeStrictly } from './undecodable.js';

export interface PlainMethodsOptions extends CallResources {
  admit: Admit;
  requestLog: RequestLog;
  metrics: CallMetrics;
  /** The largest message of a method, in bytes. */
  maxBytesOf(path: string): number;
}

/**
 * @returns a function that puts a method on the short way: a call is admitted, its message decoded and answered, and the
 *   answer written as grpc-js writes it
 */
export function createPlainMethods(options: PlainMethodsOptions) {
  const { admit, requestLog, metrics, maxBytesOf } = options;
  return <Request, Response>(
    { path, requestDeserialize, responseSerialize }: MethodDefinition<Request, Response>,
    answer: Answer<Request, Response>,
  ): [path: string, PlainMethod] => {
    const onEnded = metrics.of(path);
    const frameOf = createFraming(responseSerialize);
    const answerCall = async (call: PlainCall) => {
      const life = new PlainLife(call, options, onEnded);
      const { caller } = life;
      const { authorization } = call.headers;
      const { certificate } = life.peer;
      const traceparent = checkedTraceparent(call.headers.traceparent);
      try {
        const admission = admit({ path, authorization, caller, certificate });
        if (admission !== undefined) await life.admitted(admission, call);
        if (caller.isGone()) return;
        life.workBegan();
        const request = decodeStrictly(requestDeserialize, takeMessage(call));
        life.succeed(frameOf(await answer(request, { caller, traceparent })));
      } catch (error) {
        life.end(toStatus(error, requestLog, requestContextOf(path, traceparent)));
      }
    };
    const gone = (startMs: number) => onEnded('CANCELLED', performance.now() - startMs);
    return [path, { maxBytes: maxBytesOf(path), answer: (call) => void answerCall(call), gone }];
  };
}

/** @returns a function that makes the message of an answer, with its prefix; if the answer is the last one again, only once */
function createFraming<Response>(serialize: (response: Response) => Buffer) {
  let last: { response: Response; frame: Buffer } | undefined;
  return (response: Response): Buffer => {
    if (last?.response !== response) last = { response, frame: framed(serialize(response)) };
    return last.frame;
  };
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(PREFIX_BYTES + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
