import type { Address } from "../model/ids.ts";

/** A node as its peers reach it: key as 128 hex digits. */
export type NodeEndpoint = { readonly key: string; readonly host: string; readonly port: number };

/** A peer of our node: the key it proved, where it says it listens, and the newest block it has announced (null when it has announced none). */
export type NodePeer = NodeEndpoint & { readonly latestBlock: number | null };

/** How often a validator proposed in a range of blocks. */
export type SignerActivity = { readonly address: Address; readonly proposed: number; readonly lastProposed: number };

/** A vote that a proposer put into its block (EIP-650 and QBFT: `extraData`). */
export type CastVote = { readonly block: number; readonly proposer: Address; readonly subject: Address; readonly add: boolean };

/** A block as consensus sees it: `timestamp` in seconds; `sealers` signed it, as far as it says. */
export type SealedBlock = { readonly number: number; readonly timestamp: number; readonly proposer: Address; readonly validators: readonly Address[]; readonly vote: CastVote | null; readonly sealers: readonly Address[] };

/**
 * The administration of this institution's own chain node. Every method throws NODE_ADMIN_UNREACHABLE when it does not answer, NODE_ADMIN_REFUSED when it
 * refuses (an API that is not switched on, for instance). Reads are safe at any time; changes take effect at once.
 */
export type NodeAdmin = {
  /** This node itself. */
  self(): Promise<NodeEndpoint>;
  peers(): Promise<NodePeer[]>;
  /** Nodes that may connect, as kept in the node's permissions file; null when the node lets anybody in. */
  allowlist(): Promise<NodeEndpoint[] | null>;
  /** Changes the list and the file behind it. Entries to add must be absent, entries to remove present. */
  allow(nodes: readonly NodeEndpoint[]): Promise<void>;
  disallow(nodes: readonly NodeEndpoint[]): Promise<void>;
  /** Keeps a connection to the node, now and whenever it is lost; forgotten when our node restarts. */
  connect(node: NodeEndpoint): Promise<void>;
  /** Ends the connection and no longer keeps it. */
  disconnect(node: NodeEndpoint): Promise<void>;
  /** Wei per gas that the node asks before it puts a transaction into a block of its own; 0 where gas is free. */
  gasPrice(): Promise<number>;
  /** Number of the newest block. */
  head(): Promise<number>;
  /** The block, or null when the node does not have it. */
  block(number: number): Promise<SealedBlock | null>;
  /** Validators that decide on the block after the newest. */
  validators(): Promise<Address[]>;
  /** This node's own wishes, kept in its memory: true to add, false to remove. Not what other nodes wish. */
  wishes(): Promise<ReadonlyMap<Address, boolean>>;
  wish(validator: Address, add: boolean): Promise<void>;
  forgetWish(validator: Address): Promise<void>;
  /** Proposals per validator in blocks `from` to `to`. */
  activity(from: number, to: number): Promise<SignerActivity[]>;
  /** The nodes that ours connects to at its next start; null when no file is named for it. */
  staticNodes(): Promise<NodeEndpoint[] | null>;
  writeStaticNodes(nodes: readonly NodeEndpoint[]): Promise<void>;
  /** IP address of a host name (an IP address stands for itself); null when the name has none now. */
  resolve(host: string): Promise<string | null>;
};
