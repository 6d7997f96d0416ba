import { join } from "node:path";
import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import { type Genesis, genesisText } from "../genesis/genesis.ts";
import { enodeOf } from "./node-key.ts";
import { type NodeFiles, nodeOptions, type NodeRole } from "./node-options.ts";
import { type BesuOptions, optionsToml } from "./options.ts";
import { permissionsToml, staticNodesJson } from "./permissions.ts";

/** Where one node runs: its folder as Besu will see it, and the addresses it binds to. */
export type Placement = {
  readonly folder: string;
  readonly bindHost: string;
  readonly rpcHost: string;
  /** Host names under which the agent reaches the node. */
  readonly hostAllowlist: readonly string[];
};

/** The files of one node by name in its folder, and the options that its configuration file holds. The node's key is not among them. */
export type NodeFileSet = { readonly options: BesuOptions; readonly texts: Readonly<Record<string, string>> };

export const nodeFileNames = { config: "besu.toml", genesis: "genesis.json", staticNodes: "static-nodes.json", permissions: "permissions.toml", key: "key", data: "data" } as const;

/** The node of this name and its member. Throws TypeError when the consortium has none. */
export function nodeNamed(consortium: Consortium, name: string): { readonly member: ConsortiumMember; readonly node: ConsortiumNode } {
  const found = nodesOf(consortium).find(({ node }) => node.name === name);
  if (found === undefined) throw new TypeError(`the consortium has no node ${name}`);
  return found;
}

export const roleOf = (member: ConsortiumMember, node: ConsortiumNode): NodeRole => (member.kind === "observer" ? "observer" : node.validator ? "validator" : "member");

/** Everything but the key that the node `name` needs to start, as texts. The other founders are its static nodes and its allowlist. */
export function nodeFiles(consortium: Consortium, name: string, genesis: Genesis, placement: Placement): NodeFileSet {
  const { member, node } = nodeNamed(consortium, name);
  const role = roleOf(member, node);
  const all = nodesOf(consortium).map((one) => one.node);
  const names = nodeFileNames;
  const at = (file: string) => join(placement.folder, file);
  const files: NodeFiles = { data: at(names.data), genesis: at(names.genesis), key: at(names.key), staticNodes: at(names.staticNodes), permissions: at(names.permissions) };
  const options = nodeOptions({
    role,
    files,
    host: node.host,
    bindHost: placement.bindHost,
    p2pPort: node.p2pPort,
    rpcHost: placement.rpcHost,
    rpcPort: node.rpcPort,
    wsPort: node.wsPort,
    metricsPort: node.metricsPort,
    hostAllowlist: placement.hostAllowlist,
    storage: node.storage ?? (role === "observer" ? "forest" : "bonsai"),
    sync: "full",
  });
  return {
    options,
    texts: {
      [names.config]: optionsToml(options, `${consortium.name}: ${member.name}, node ${name} (${role}). Written by fiducial network.`),
      [names.genesis]: genesisText(genesis),
      [names.staticNodes]: staticNodesJson(all.filter((one) => one.name !== name).map(enodeOf)),
      [names.permissions]: permissionsToml({ nodes: all.map(enodeOf), accounts: role === "observer" ? [] : null }),
    },
  };
}
