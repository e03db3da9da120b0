import { inspect, prepare } from './aftermath.js';
import { deploy, RESIDENT } from './deployment.js';
import type { Kind, Targets } from './exchange.js';
import { createGrpcFrames } from './grpc-frames.js';
import { createGrpcMessages } from './grpc-messages.js';
import { createRestBytes } from './rest-bytes.js';
import { createRestFramed } from './rest-framed.js';
import { makeJsonRequest } from './rest-json.js';
import { makeLinesRequest } from './rest-lines.js';
import { type Failure, type KindReport, type RunOptions, runKinds } from './runner.js';

export interface FuzzReport {
  kinds: KindReport[];
  failures: Failure[];
  /** What was wrong with the services after it. */
  faults: string[];
  acknowledged: number;
  seconds: number;
  /** Memory of each service, in bytes. */
  resident: { before: Record<string, number>; after: Record<string, number> };
}

/** Attacks ES and USS with requests of all kinds, then looks whether they are as they were. */
export async function runFuzz(options: RunOptions): Promise<FuzzReport> {
  const deployment = await deploy();
  const messages = createGrpcMessages(deployment.targets);
  try {
    const before = await prepare(deployment);
    const residentBefore = await deployment.measure(RESIDENT);
    const kinds = createKinds(deployment.targets, messages.exchange);
    const start = performance.now();
    const run = await runKinds(kinds, options);
    const seconds = (performance.now() - start) / 1_000;
    const faults = await inspect(deployment, before, run.acknowledged);
    return {
      kinds: run.reports,
      failures: run.failures,
      faults,
      acknowledged: run.acknowledged.length,
      seconds,
      resident: { before: residentBefore, after: await deployment.measure(RESIDENT) },
    };
  } finally {
    messages.close();
    await deployment.close();
  }
}

function createKinds(targets: Targets, messages: Kind['exchange']): Kind[] {
  return [
    { name: 'bytes', share: 0.25, lanes: 48, exchange: createRestBytes(targets) },
    { name: 'json', share: 0.4, lanes: 16, exchange: createRestFramed(targets, makeJsonRequest) },
    { name: 'lines', share: 0.1, lanes: 6, exchange: createRestFramed(targets, makeLinesRequest) },
    { name: 'messages', share: 0.15, lanes: 12, exchange: messages },
    { name: 'frames', share: 0.1, lanes: 24, exchange: createGrpcFrames(targets) },
  ];
}
