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

/** What the protobuf compiler made of the contract and of grpc.health.v1, by `npm run generate`. */
const DESCRIPTORS = new URL('../../../proto/descriptors.binpb', import.meta.url);

/** Adds gRPC server reflection, so that grpcurl and its like need no proto file. */
export function addReflection(server: Pick<Server, 'addService'>): void {
  const set = readFileSync(DESCRIPTORS);
  // proto-loader writes the files anew, without imports and with type names no client can link
  // (grpc-node issue 3018), so reflection is given the compiler's own.
  const fileDescriptorProtos = filesOf(set);
  const definition = loadFileDescriptorSetFromBuffer(set);
  for (const entry of Object.values(definition)) {
    if ('fileDescriptorProtos' in entry) Object.assign(entry, { fileDescriptorProtos });
  }
  const addService: Server['addService'] = (service, implementation) =>
    server.addService(service, waitingForClients(implementation));
  new ReflectionService(definition).addToServer({ addService });
}

type Stream = ServerDuplexStream<unknown, unknown>;

/** Has each stream read on only while its client takes the answers; the library would keep any number of them. */
function waitingForClients(implementation: UntypedServiceImplementation) {
  const handlers = Object.entries(implementation).map(([name, handle]) => {
    const handler = (call: Stream) => {
      const write = call.write.bind(call);
      call.write = (answer: unknown) => {
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
