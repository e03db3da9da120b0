import type { ChildProcess } from 'node:child_process';
import type { Profiles } from './profiles.js';

/** Something that is measured, and the processes that it is made of, by name. */
export interface Measurable {
  name: string;
  processes: Record<string, ChildProcess>;
  /** Only of what is profiled. */
  profiles?: Profiles;
}

/** What takes memberships and counts over HTTP. */
export interface System extends Measurable {
  /** What takes `POST /segment`, and counts through everything. */
  front: string;
  /** What counts next to Redis. */
  back?: string;
  /** How a membership is put to it. */
  store: 'post' | 'pfadd';
  redisPort?: number;
}

/** What takes `Store` and `Count` over gRPC. */
export interface GrpcSystem extends Measurable {
  /** Host and port. */
  grpc: string;
  redisPort: number;
}

/** This project, with what else is asked of it. */
export interface OwnSystem extends System, GrpcSystem {
  back: string;
  redisPort: number;
  processes: { USS: ChildProcess; ES: ChildProcess; Redis: ChildProcess };
}
