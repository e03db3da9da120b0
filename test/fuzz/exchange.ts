import type { Acknowledged } from '../support/count-lost.js';
import type { Dice } from './dice.js';

/** Where the services under attack listen. */
export interface Targets {
  /** Ports of REST. */
  rest: { es: number; uss: number };
  /** Port of gRPC. */
  grpc: number;
}

/** What an exchange notes of itself as it goes. */
export interface Journal {
  /** A request that is about to be sent. */
  sent(bytes: Buffer): void;
  /** How one was answered. */
  answered(status: string): void;
  /** A membership that was acknowledged, and is to be there in the end. */
  acknowledged(membership: Acknowledged): void;
  /** What must not be. */
  fault(what: string): void;
}

/** Some requests that travel together. Each decision is that of the dice, so that it can be made again. */
export type Exchange = (dice: Dice, journal: Journal) => Promise<void>;

/** One kind of traffic. */
export interface Kind {
  name: string;
  /** Its part of all requests. */
  share: number;
  /** Exchanges at once. */
  lanes: number;
  exchange: Exchange;
}
