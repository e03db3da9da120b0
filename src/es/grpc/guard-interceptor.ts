import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Guard } from '../../auth/guard.js';
import type { Clients } from '../../limits/clients.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { createCaller, textOf } from './callers.js';
import { needsOf } from './method-scopes.js';
import { requestContextOf } from './request-context.js';
import { toStatus } from './status.js';

/**
 * Guards every method of a server. If a call is refused, none of its messages is read and its handler is not called. Each
 * call is charged to its client, except calls of methods that need no credential.
 */
export function createGuardInterceptor({
  guard,
  clients: { quota },
  requestLog,
}: {
  guard: Guard;
  clients: Clients;
  requestLog: RequestLog;
}): ServerInterceptor {
  return ({ path }, call) => {
    const needs = needsOf(path);
    let isGone = false;
    const onReceiveMetadata = async (metadata: Metadata, next: (metadata: Metadata) => void) => {
      const caller = createCaller(call, metadata, () => isGone);
      try {
        const identity = guard(needs, textOf(metadata, 'authorization'), caller);
        caller.identity = identity instanceof Promise ? await identity : identity;
        if (needs !== 'open') quota?.admit(caller);
      } catch (error) {
        call.sendStatus(toStatus(error, requestLog, requestContextOf(path, metadata)));
        return;
      }
      next(metadata);
    };
    const onCancel = () => {
      isGone = true;
    };
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onReceiveMetadata, onCancel }),
    });
  };
}
