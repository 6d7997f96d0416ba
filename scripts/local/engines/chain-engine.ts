import type { Child } from "../child.ts";
import type { Founder } from "../../deploy/consortium.ts";
import type { Layout, Seat } from "../layout.ts";

/** One node as MemberRegistry keeps it. */
export type RegisteredNode = { readonly enodeKey: `0x${string}`; readonly host: string; readonly port: number; readonly validator: boolean; readonly ipfsPeerId: string; readonly clusterPeerId: string };

/** A chain that answers, and the processes that make it. */
export type RunningChain = {
  readonly chainId: number;
  readonly genesisHash: string;
  /** JSON-RPC that takes transactions, for founding the consortium. */
  readonly url: string;
  /** JSON-RPC of the node that serves this institution's agent. */
  readonly endpointOf: (seat: Seat) => string;
  /** What the agent needs to administer its own node; null where nodes have no administration. */
  readonly adminOf: (seat: Seat) => { readonly url: string; readonly staticNodesFile: string; readonly permissionsFile: string } | null;
  /** The institution's nodes, for MemberRegistry. */
  readonly nodesOf: (seat: Seat) => readonly RegisteredNode[];
  readonly children: readonly Child[];
  /** Gives free what outlives the children: locks. Called once, after they are gone. */
  readonly release: () => void;
};

export type ChainStart = { readonly plan: Layout; readonly founders: () => Promise<readonly Founder[]>; readonly note: (text: string) => void; readonly signal: AbortSignal };

/** One way to run the chain of the local consortium. */
export type ChainEngine = {
  readonly name: "embedded" | "besu" | "docker";
  /** For people: what runs. */
  readonly description: string;
  /** How often agents ask for a new block, ms. */
  readonly pollMilliseconds: number;
  /** Ports besides the agents', with the name of who listens. */
  ports(plan: Layout): { readonly port: number; readonly who: string }[];
  /** Starts the chain of `plan`, from nothing or from what is kept. When `signal` aborts nothing is left running and it throws. */
  start(input: ChainStart): Promise<RunningChain>;
};
