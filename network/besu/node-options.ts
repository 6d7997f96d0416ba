import type { BesuOptions } from "./options.ts";

/** What one node is for: validators seal blocks, members follow and serve an agent, observers refuse every transaction. */
export type NodeRole = "validator" | "member" | "observer";

/** Where one node keeps its files; absolute in configuration files, since Besu resolves relative paths from wherever it is started. */
export type NodeFiles = { readonly data: string; readonly genesis: string; readonly key: string; readonly staticNodes: string; readonly permissions: string };

export type NodeOptionsInput = {
  readonly role: NodeRole;
  readonly files: NodeFiles;
  /** Address that other nodes dial, an IPv4 address, and the one the p2p listener binds to. */
  readonly host: string;
  readonly bindHost: string;
  readonly p2pPort: number;
  /** Address that the JSON-RPC, WebSocket and metrics listeners bind to: the agent's side only. */
  readonly rpcHost: string;
  readonly rpcPort: number;
  readonly wsPort: number;
  readonly metricsPort: number;
  /** Names under which the agent reaches the listeners; Besu refuses any other Host header. */
  readonly hostAllowlist: readonly string[];
  /** FOREST keeps every state of the past (an observer's duty); BONSAI is smaller and can serve snap synchronisation. */
  readonly storage: "forest" | "bonsai";
  readonly sync: "full" | "snap";
};

/**
 * Besu's options for one node of a free-gas consortium. Discovery is off: who is a peer is decided by the members, through static nodes and the
 * allowlist, and no UDP port is open. The pool is the plain one: the layered one has refused senders without balance (besu 26.4.0 to 26.7.0).
 */
export function nodeOptions(input: NodeOptionsInput): BesuOptions {
  const { files, storage } = input;
  return {
    "data-path": files.data,
    "genesis-file": files.genesis,
    "node-private-key-file": files.key,
    "sync-mode": input.sync.toUpperCase(),
    "data-storage-format": storage.toUpperCase(),
    ...(storage === "bonsai" ? { "snapsync-server-enabled": true } : {}),
    // In FULL mode Besu ignores it and says so.
    ...(input.sync === "snap" ? { "sync-min-peers": 1, "snapsync-synchronizer-transaction-indexing-enabled": true } : {}),
    "p2p-host": input.host,
    "p2p-interface": input.bindHost,
    "p2p-port": input.p2pPort,
    "nat-method": "NONE",
    "discovery-enabled": false,
    "static-nodes-file": files.staticNodes,
    "max-peers": 100,
    "remote-connections-limit-enabled": false,
    "permissions-nodes-config-file-enabled": true,
    "permissions-nodes-config-file": files.permissions,
    ...(input.role === "observer" ? { "permissions-accounts-config-file-enabled": true, "permissions-accounts-config-file": files.permissions } : {}),
    "rpc-http-enabled": true,
    "rpc-http-host": input.rpcHost,
    "rpc-http-port": input.rpcPort,
    "rpc-http-api": ["ETH", "NET", "WEB3", "TXPOOL", "ADMIN", "PERM", "IBFT", "QBFT"],
    "rpc-ws-enabled": true,
    "rpc-ws-host": input.rpcHost,
    "rpc-ws-port": input.wsPort,
    "rpc-ws-api": ["ETH", "NET", "WEB3"],
    "host-allowlist": input.hostAllowlist,
    "metrics-enabled": true,
    "metrics-host": input.rpcHost,
    "metrics-port": input.metricsPort,
    "min-gas-price": 0,
    "tx-pool": "SEQUENCED",
    // One agent sends for a whole hospital; the default share of one account would stop it at a handful of transactions.
    "tx-pool-limit-by-account-percentage": 0.5,
    "tx-pool-no-local-priority": true,
  };
}
