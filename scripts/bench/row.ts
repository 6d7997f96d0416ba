/** One figure of a benchmark; with a peer, the same work done by other software in the same run, and how many times ours is better. */
export type BenchRow = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  /** Above 1 is in our favour. */
  readonly ratio?: number;
  /** Resident memory of the measured process at its peak, MiB. */
  readonly rssMiB: number;
  /** The same of the peer's process, where it has one of its own. */
  readonly peerRssMiB?: number;
  /** What was not compared because this is not installed; told loudly. */
  readonly missingPeer?: string;
};

/** What the caller asked for: `full` takes more rounds and larger data. */
export type BenchOptions = { readonly full: boolean };

export type Bench = (options: BenchOptions) => Promise<BenchRow[]>;
