import { createHash } from "node:crypto";
import type { KnownCode, RecognisedCode } from "../model/known-code.ts";

/** Running code with what its constructor filled in zeroed, as hex digits of SHA-256, and those values. Values are told by `at`, the code's own address. */
export function codeDigest(code: `0x${string}`, immutables: KnownCode["immutables"], at: string): { readonly sha256: string; readonly built: readonly string[] } {
  const bytes = Buffer.from(code.slice(2), "hex");
  const built = immutables.map(([start, length]) => {
    const word = `0x${bytes.subarray(start, start + length).toString("hex")}`;
    bytes.fill(0, start, start + length);
    return word !== "0x" && BigInt(word) === BigInt(at) ? "itself" : word;
  });
  return { sha256: createHash("sha256").update(bytes).digest("hex"), built };
}

/**
 * Which of the known contracts' code this is, compared whole, byte for byte but for what its constructor filled in; null for any other. The
 * compiler's trailer alone would prove nothing: anybody can put it behind code of their own.
 */
export function recogniseCode(code: `0x${string}`, at: string, known: readonly KnownCode[]): RecognisedCode | null {
  for (const { contract, size, sha256, immutables, layout } of known) {
    if (code.length !== 2 + 2 * size) continue;
    const found = codeDigest(code, immutables, at);
    if (found.sha256 === sha256) return { contract, layout, built: found.built };
  }
  return null;
}
