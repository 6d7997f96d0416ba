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
};
