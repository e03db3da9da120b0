import type { Section } from '../report/table.js';
import type { GrpcSystem, OwnSystem, System } from '../systems/system.js';
import { measureBodies, measureBulk, measureFairness } from './bulk.js';
import { measureColdCounts } from './cold-counts.js';
import { measureCounts, measureFewerDays, measureQuestion } from './counts.js';
import { measureCalls } from './grpc.js';
import { measurePackets } from './packets.js';
import { measurePosts, type Times } from './posts.js';
import { measureSmallBulks } from './small-bulks.js';

/** Who is measured: this project, in one state or two, and others that can do the same as part of it. */
export interface Contestants {
  own: readonly OwnSystem[];
  /** Start the same once more. */
  starts: readonly (() => Promise<OwnSystem>)[];
  /** What others have instead of two services. */
  peers?: readonly System[];
  /** The least that a server in Node.js does. */
  bare?: readonly System[];
  grpcPeers?: readonly GrpcSystem[];
}

/** A table, by the words that `--only` looks for. */
export type Measurement = readonly [words: string, measure: () => Promise<Section>];

/** The shapes that traffic has, each measured of all that can take it. */
export function measureShapes(
  { own, starts, peers = [], bare = [], grpcPeers = [] }: Contestants,
  times: Times,
): Measurement[] {
  const [all, grpc] = [
    [...peers, ...own],
    [...grpcPeers, ...own],
  ];
  const few = { ...times, rounds: Math.min(times.rounds, 5) };
  return [
    ['post 64', () => measurePosts(all, 64, times)],
    ['post 256', () => measurePosts(all, 256, times)],
    ['packets', () => measurePackets([...bare, ...own], times)],
    ['lines 20', () => measureSmallBulks(own, 20, times)],
    ['lines 100', () => measureSmallBulks(own, 100, times)],
    ['bulk 200', () => measureBulk(own, 200, few)],
    ['bulk 100000', () => measureBulk(own, 100_000, few)],
    ['fairness', () => measureFairness(own, times)],
    ['bodies', () => measureBodies(starts)],
    ['get', () => measureCounts(all, times)],
    ['days', () => measureFewerDays(own, times)],
    ['estimate', () => measureQuestion('estimate', own, times)],
    ['history', () => measureQuestion('history', own, times)],
    ['cold', () => measureColdCounts(own, few)],
    ['grpc store 1x64', () => measureCalls(grpc, 'Store', 1, 64, times)],
    ['grpc store 64x1', () => measureCalls(grpc, 'Store', 64, 1, times)],
    ['grpc count 1x64', () => measureCalls(grpc, 'Count', 1, 64, times)],
    ['grpc count 64x1', () => measureCalls(grpc, 'Count', 64, 1, times)],
    ['grpc batch', () => measureCalls(own, 'StoreBatch', 4, 1, times)],
  ];
}
