/** What one instance may cost while it is read. */
export type Limits = {
  /** Bytes kept in memory: everything but pixel data and other large values. */
  readonly headerBytes: number;
  /** Elements, items and fragments together: each costs an object, however few bytes it has in the file. */
  readonly elements: number;
  /** Sequences inside sequences. */
  readonly depth: number;
  /** Bytes a deflated data set may inflate to. */
  readonly inflatedBytes: number;
};

/** Whole-slide images keep tens of megabytes of per-frame groups; nothing clinical nests deeper than a dozen sequences. */
export const defaultLimits: Limits = { headerBytes: 32 << 20, elements: 500_000, depth: 64, inflatedBytes: 512 << 20 };
