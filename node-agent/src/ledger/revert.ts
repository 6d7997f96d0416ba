import { encodeErrorSignature } from "web3-eth-abi";
import type { AbiErrorFragment } from "web3-types";
import { consortiumErrorsAbi } from "./abi.generated.ts";

const panics: Readonly<Record<string, string>> = { "01": "assertion", "11": "arithmetic overflow", "12": "division by zero", "32": "index out of range", "41": "out of memory" };

/** Finds revert bytes in a JSON-RPC error's data: Besu and anvil give a string, EDR an object around it. null when there are none. */
export function revertData(data: unknown): string | null {
  if (typeof data === "string") return /^(?:reverted )?(0x[0-9a-f]*)$/iu.exec(data)?.[1]?.toLowerCase() ?? null;
  if (typeof data !== "object" || data === null) return null;
  return revertData((data as { data?: unknown }).data);
}

/** Whether a JSON-RPC error says that the call itself was refused by the contract, and not that the node could not run it. */
export const isRevert = (error: { readonly code: number; readonly message: string; readonly data: unknown }): boolean =>
  error.code === 3 || /revert/iu.test(error.message) || revertData(error.data) !== null;

/**
 * The name of the error that revert bytes carry: a custom error of our contracts, `Error(...)` as "RequireFailed", `Panic(...)`, or the selector of
 * an error that this version does not know. Arguments are left out: names are for programs, and arguments may link things.
 */
export function createRevertNamer(): (data: string | null) => string {
  const names = new Map<string, string>();
  for (const error of consortiumErrorsAbi) names.set(encodeErrorSignature(error as unknown as AbiErrorFragment).slice(0, 10), error.name);
  return (data) => {
    if (data === null || data.length < 10) return "NoReason";
    const selector = data.slice(0, 10);
    if (selector === "0x08c379a0") return "RequireFailed";
    if (selector === "0x4e487b71") return `Panic (${panics[data.slice(-2)] ?? data.slice(-2)})`;
    return names.get(selector) ?? `UnknownError ${selector}`;
  };
}
