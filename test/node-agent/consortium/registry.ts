import { randomBytes } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { nodeAddress } from "../../../node-agent/src/consortium/enode.ts";
import { address, digest, memberId } from "../../../node-agent/src/model/ids.ts";
import type { MemberNode, MemberView } from "../../../node-agent/src/model/ledger-views.ts";
import type { NodeEndpoint, NodePeer } from "../../../node-agent/src/ports/node-admin.ts";

/** A new node key's public half as the enode has it. */
export const newNodeKey = (): string => Buffer.from(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey(), false).subarray(1)).toString("hex");

/** A node at a port of this machine's; the registry's entry, the enode and the address of one key. */
export function newNode(port: number, over: Partial<MemberNode> = {}) {
  const key = newNodeKey();
  const entry: MemberNode = { enodeKey: `0x${key}`, host: "10.0.0.1", port, validator: true, ipfsPeerId: "", clusterPeerId: "", ...over };
  const endpoint: NodeEndpoint = { key, host: entry.host, port };
  const peer = (latestBlock: number | null): NodePeer => ({ ...endpoint, latestBlock });
  return { key, entry, endpoint, address: nodeAddress(key), peer };
}

export const member = (id: number, nodes: readonly MemberNode[], over: Partial<MemberView> = {}): MemberView => ({
  id: memberId(id),
  kind: "hospital",
  status: "active",
  governor: address(`0x${randomBytes(20).toString("hex")}`),
  operators: [],
  profile: { displayName: `hospital ${id}`, endpoint: `https://h${id}.example`, openpgpSha256: digest(`0x${"01".repeat(32)}`), spkiSha256: digest(`0x${"02".repeat(32)}`) },
  nodes,
  ...over,
});
