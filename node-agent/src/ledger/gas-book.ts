import type { PlannedCall } from "./preflight.ts";

/**
 * What calls have needed so far, by kind and length. An estimate has the node carry a call out some twenty times, in search of the least gas; with what the
 * last call of the kind needed, once is enough to see whether this one goes through.
 */
export type GasBook = {
  /** Calls with the same entry are alike. */
  entryOf(call: PlannedCall): string;
  /** Gas with which a call of this kind and length should go through, with some to spare; null before one was learned. */
  guess(call: PlannedCall): number | null;
  /** The node found that the call needs so much. */
  learn(call: PlannedCall, gas: number): void;
};

type Known = { readonly gas: number; readonly bytes: number };

const bytesOf = ({ data }: PlannedCall): number => (data.length - 2) / 2;
/** A list twice as long is looked at anew: what a call needs grows with its data, and not always evenly. */
const entryOf = (call: PlannedCall): string => `${call.kind} ${call.to} ${Math.ceil(Math.log2(bytesOf(call) + 1))}`;

export function createGasBook(): GasBook {
  const book = new Map<string, Known>();
  return {
    entryOf,
    guess(call) {
      const known = book.get(entryOf(call));
      return known === undefined ? null : Math.ceil(known.gas * Math.max(1, bytesOf(call) / known.bytes) * 1.25);
    },
    learn(call, gas) {
      const entry = entryOf(call);
      const known = book.get(entry);
      if (known === undefined || gas > known.gas) book.set(entry, { gas, bytes: bytesOf(call) });
    },
  };
}
