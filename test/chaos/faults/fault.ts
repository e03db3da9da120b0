import type { Deployment } from '../deployment.js';

/** Something that goes wrong for a while. */
export interface Fault {
  name: string;
  /** What it happens to. */
  where: string;
  /** Whether it is over as soon as it has begun. */
  isInstant?: boolean;
  begin(): Promise<unknown> | unknown;
  end(): Promise<unknown> | unknown;
  /** Whether a segment has nothing to do with it; no segment unless given. */
  isInnocent?: ((segment: string) => boolean) | undefined;
}

export interface FaultContext {
  deployment: Deployment;
  segments: readonly string[];
  random: () => number;
}

/** Makes a fault; undefined where a deployment has nothing that it could happen to. */
export type FaultKind = (context: FaultContext) => Promise<Fault | undefined> | Fault | undefined;

export function choose<Item>(random: () => number, items: readonly Item[]): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
