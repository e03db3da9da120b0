/** Where a program runs. */
export interface Host {
  name: string;
  /** By which others of its network reach it. */
  address: string;
  /** By which we reach it, whatever becomes of its network. */
  control: string;
  /** What a command begins with that is to run there. */
  prefix: string[];
}

/** This machine as it is. */
export const LOCAL: Host = {
  name: 'local',
  address: '127.0.0.1',
  control: '127.0.0.1',
  prefix: [],
};
