import { readFileSync } from 'node:fs';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type {
  Server,
  ServerDuplexStream,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { Clients } from '../../limits/clients.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { callerOf } from './callers.js';
import { toStatus } from './status.js';

/** What the protobuf compiler made of the contract and of grpc.health.v1, by `npm run generate`. */
const DESCRIPTORS = new URL('../../../proto/descriptors.binpb', import.meta.url);

export interface ReflectionOptions {
  clients: Pick<Clients, 'quota'>;
  requestLog: RequestLog;
}

/** Adds gRPC server reflection, so that grpcurl and its like need no proto file. */
export function addReflection(
  server: Pick<Server, 'addService'>,
  options: ReflectionOptions,
): void {
  const set = readFileSync(DESCRIPTORS);
  // proto-loader writes the files anew, without imports and with type names no client can link
  // (grpc-node issue 3018), so reflection is given the compiler's own.
  const fileDescriptorProtos = filesOf(set);
  const definition = loadFileDescriptorSetFromBuffer(set);
  for (const entry of Object.values(definition)) {
    if ('fileDescriptorProtos' in entry) Object.assign(entry, { fileDescriptorProtos });
  }
  const addService: Server['addService'] = (service, implementation) =>
    server.addService(service, limited(implementation, options));
  new ReflectionService(definition).addToServer({ addService });
}

type Stream = ServerDuplexStream<unknown, unknown>;

/**
 * Has each stream read on only while its client takes the answers, as the library would keep any number of them, and charges
 * each answer. Not each message by an interceptor: where one ends a call whose earlier answers are still being written, grpc-js
 * may never send the status.
 */
function limited(
  implementation: UntypedServiceImplementation,
  { clients: { quota }, requestLog }: ReflectionOptions,
) {
  const handlers = Object.entries(implementation).map(([name, handle]) => {
    const handler = (call: Stream) => {
      const write = call.write.bind(call);
      const caller = callerOf(call.metadata);
      let isRefused = false;
      call.write = (answer: unknown) => {
        if (isRefused) return false;
        try {
          if (caller !== undefined) quota?.admit(caller);
        } catch (error) {
          isRefused = true;
          call.emit('error', toStatus(error, requestLog, { what: 'ServerReflectionInfo' }));
          return false;
        }
        if (write(answer)) return true;
        call.pause();
        call.once('drain', () => call.resume());
        return false;
      };
      (handle as (call: Stream) => void)(call);
    };
    return [name, handler as UntypedHandleCall];
  });
  return Object.fromEntries(handlers);
}

/** The files of a google.protobuf.FileDescriptorSet, whose one field is `repeated file = 1`. */
function filesOf(set: Uint8Array): Buffer[] {
  const reader = new BinaryReader(set);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.tag();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
