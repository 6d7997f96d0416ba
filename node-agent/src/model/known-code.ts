import type { Layout } from "./storage-layout.ts";

/** Code that this version of the agent is built from: what the compiler makes of its source, with what constructors fill in left out. */
export type KnownCode = {
  readonly contract: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the code with every immutable zeroed, hex. */
  readonly sha256: string;
  /** Where constructors fill values in: position and length in bytes. */
  readonly immutables: readonly (readonly [start: number, length: number])[];
  readonly layout: Layout;
};

/** Code at an address that is known; `built` holds what its constructor filled in, "itself" for its own address, 0x hex otherwise. */
export type RecognisedCode = { readonly contract: string; readonly layout: Layout; readonly built: readonly string[] };

/** Largest number that a constructor of ours fills in (seconds); anything larger is an address. */
const largestNumber = 2n ** 32n;

/**
 * Why the code that an upgrade would put in place is not the one of this source; null when it is. `present` is the code in use where it is
 * known: the new one must be built for the same values. Where it is not, every address in the new one must be of the consortium (`places`).
 */
export function strangeCode(contract: string, next: RecognisedCode | null, present: RecognisedCode | null, places: readonly string[]): string | null {
  if (next === null) return "this copy of the source does not contain that code: what it does cannot be told here";
  if (next.contract !== contract) return `that is the code of ${next.contract}, not of ${contract}`;
  if (present?.contract === contract) {
    const at = next.built.findIndex((value, index) => value !== present.built[index]);
    return at < 0 ? null : `that is this source's code, but built for other values: ${next.built[at]} in place of ${present.built[at]}`;
  }
  const known = new Set(places.map((place) => BigInt(place)));
  const stranger = next.built.find((value) => value !== "itself" && BigInt(value) >= largestNumber && !known.has(BigInt(value)));
  return stranger === undefined ? null : `that is this source's code, but it works with ${stranger}, which is not of this consortium`;
}
