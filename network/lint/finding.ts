import type { BesuOptions } from "../besu/options.ts";

/**
 * What the pinned Besu would do: `refused` at start, `changed` or ignored without asking, or `risky`, which it accepts and a consortium
 * regrets.
 */
export type Severity = "refused" | "changed" | "risky";

/** One thing about a node's configuration, with the reason. `rule` is a stable name. */
export type Finding = { readonly rule: string; readonly severity: Severity; readonly message: string };

/** The configuration of one node as it lies in its folder; null where a file is missing. */
export type NodeConfiguration = {
  readonly options: BesuOptions;
  /** The parsed genesis file. */
  readonly genesis: unknown;
  readonly staticNodes: readonly string[] | null;
  /** Null for a list that the permissions file lacks. */
  readonly permissions: { readonly nodes: readonly string[] | null; readonly accounts: readonly string[] | null } | null;
  /** The genesis that the node has been running with, where it is not new. */
  readonly before?: unknown;
};

export const finding = (rule: string, severity: Severity, message: string): Finding => ({ rule, severity, message });
