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

/** The compiled descriptors of the contract and of grpc.health.v1, made by `npm run generate`. */
const DESCRIPTORS = new URL('../../../proto/descriptors.binpb', import.meta.url);

export interface ReflectionOptions {
  clients: Pick<Clients, 'quota'>;
  requestLog: RequestLog;
}

/** Adds gRPC server reflection, so that tools such as grpcurl need no proto file. */
export function addReflection(
  server: Pick<Server, 'addService'>,
  options: ReflectionOptions,
): void {
  const set = readFileSync(DESCRIPTORS);
  // proto-loader rewrites the files, without imports and with type names that no client can resolve (grpc-node issue 3018), so
  // reflection uses those of the compiler.
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
 * Reads a stream only while its client takes the answers, because the library would keep any number of them, and charges
 * each answer. An interceptor cannot charge each message: if it ends a call whose earlier answers are still being written,
 * grpc-js may never send the status.
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

/** The files of a google.protobuf.FileDescriptorSet, whose only field is `repeated file = 1`. */
function filesOf(set: Uint8Array): Buffer[] {
  const reader = new BinaryReader(set);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.tag();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
