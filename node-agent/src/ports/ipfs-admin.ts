/** A Kubo that ours keeps a connection to; addresses are multiaddrs without `/p2p`. */
export type KeptPeer = { readonly peer: string; readonly addresses: readonly string[] };

/** What a cluster peer's configuration says of others. */
export type ClusterTrust = { readonly trusted: readonly string[]; readonly addresses: readonly string[] };

/**
 * The administration of this institution's own Kubo and of its cluster peer's configuration file. Throws IPFS_UNREACHABLE, IPFS_REFUSED, IPFS_FILE_UNUSABLE. Changes
 * to Kubo take effect at once and outlive its restart; those to the cluster's file with the cluster peer's next start.
 */
export type IpfsAdmin = {
  /** Peer id of the own Kubo. */
  self(): Promise<string>;
  kept(): Promise<readonly KeptPeer[]>;
  keep(peer: KeptPeer): Promise<void>;
  /** No longer keeps, and ends, the connection. */
  dismiss(peer: string): Promise<void>;
  connected(): Promise<readonly string[]>;
  /** Null where the file is not given to the agent. */
  trust(): Promise<ClusterTrust | null>;
  writeTrust(trust: ClusterTrust): Promise<void>;
  /** What was written down last of the configuration that the running cluster peer has read; null when nothing was. Kept beside its file. */
  loaded(): Promise<string | null>;
  writeLoaded(digest: string): Promise<void>;
  /** Starts the cluster peer again by the configured command and resolves when it answers; null where none is configured. Throws IPFS_RESTART_FAILED. */
  readonly restart: ((signal: AbortSignal) => Promise<void>) | null;
};
