import { readFileSync } from 'node:fs';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Server } from '@grpc/grpc-js';
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
  new ReflectionService(definition).addToServer(server);
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
