import type { Child } from "../child.ts";
import type { Layout, Seat } from "../layout.ts";

/** What keeps the blocks of the local consortium, running. */
export type RunningBlocks = {
  /** The institution's peers, for MemberRegistry; null where it has none. */
  readonly peersOf: (seat: Seat) => { readonly ipfsPeerId: string; readonly clusterPeerId: string; readonly port: number } | null;
  /** Settings of `storage` in the institution's configuration. */
  readonly storageOf: (seat: Seat) => Readonly<Record<string, unknown>>;
  readonly children: readonly Child[];
};

/** One way to keep blocks in the local consortium. */
export type BlockEngine = {
  readonly name: "folder" | "ipfs" | "docker";
  /** For people: what keeps them. */
  readonly description: string;
  /** Ports besides the agents', with the name of who listens. */
  ports(plan: Layout): { readonly port: number; readonly who: string }[];
  /** Starts it, from nothing or from what is kept. When `signal` aborts nothing is left running and it throws. */
  start(input: { readonly plan: Layout; readonly note: (text: string) => void; readonly signal: AbortSignal }): Promise<RunningBlocks>;
};

/** Each agent's own folder; copies travel from agent to agent. */
export const folderBlocks: BlockEngine = {
  name: "folder",
  description: "content-addressed folders, copies from agent to agent",
  ports: () => [],
  start: async () => ({ peersOf: () => null, storageOf: () => ({}), children: [] }),
};
