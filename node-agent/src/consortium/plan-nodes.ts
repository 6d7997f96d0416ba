import type { Address } from "../model/ids.ts";
import type { NodeEndpoint, NodePeer } from "../ports/node-admin.ts";
import { endpointOf, nodeAddress } from "./enode.ts";
import type { Roster } from "./roster.ts";

/** What the node says, with host names of the registry resolved: `reachable` are the roster's nodes under IP addresses, without our own. */
export type NodeState = {
  readonly self: NodeEndpoint;
  readonly reachable: readonly NodeEndpoint[];
  /** Null when the node lets anybody in. */
  readonly allowlist: readonly NodeEndpoint[] | null;
  readonly peers: readonly NodePeer[];
  readonly staticNodes: readonly NodeEndpoint[] | null;
  readonly validators: readonly Address[];
  /** Endpoints kept off the list for now, because a stranger used them. */
  readonly quarantined: ReadonlySet<string>;
};

export type NodePlan = {
  readonly disallow: readonly NodeEndpoint[];
  readonly allow: readonly NodeEndpoint[];
  /** Peers whose key nobody of the consortium has, or only somebody who is suspended or expelled. */
  readonly eject: readonly (NodePeer & { readonly why: "banned" | "stranger" })[];
  /** Members' nodes that are allowed and not connected. */
  readonly connect: readonly NodeEndpoint[];
  /** What the static nodes file should hold, or null when it does or there is none. */
  readonly staticNodes: readonly NodeEndpoint[] | null;
  /** Nodes in no registry entry that stay for now: validators, or while a member has named no node. */
  readonly tolerated: readonly NodeEndpoint[];
};

const same = (one: NodeEndpoint, other: NodeEndpoint): boolean => one.key === other.key && one.host === other.host && one.port === other.port;
const has = (list: readonly NodeEndpoint[], node: NodeEndpoint): boolean => list.some((one) => same(one, node));

/**
 * What brings our node to the roster. Besu compares address and port only (facts 1.3), so keys are checked here: whoever is connected with a key that is neither
 * in the registry nor tolerated is ejected, whatever its address. A validator that the registry does not name is tolerated until it is voted out, so that
 * the chain does not lose it before; so is every listed node while an active hospital has named none of its own. Nodes of suspended and expelled members never are.
 */
export function planNodes(roster: Roster, state: NodeState): NodePlan {
  const { self, reachable, allowlist, peers, staticNodes, quarantined } = state;
  const validators = new Set(state.validators);
  const listed = allowlist ?? staticNodes ?? [];
  const founding = roster.nameless.length > 0;
  const tolerable = ({ key }: NodeEndpoint): boolean => !roster.nodes.has(key) && !roster.banned.has(key) && key !== self.key && (founding || validators.has(nodeAddress(key)));
  const tolerated = listed.filter(tolerable);
  // Without any list of the node's own, whoever is connected may be the one that has not registered its node yet.
  const guests = allowlist === null ? peers.filter(tolerable) : [];
  const known = new Set([self.key, ...roster.nodes.keys(), ...[...tolerated, ...guests].map(({ key }) => key)]);
  const eject = peers.filter(({ key }) => !known.has(key)).map((peer) => ({ ...peer, why: roster.banned.has(peer.key) ? ("banned" as const) : ("stranger" as const) }));
  const wanted = [...reachable.filter((node) => !quarantined.has(endpointOf(node))), ...tolerated];
  // A name that cannot be resolved now is no reason to forget where the node was.
  const unresolved = (node: NodeEndpoint): boolean => roster.nodes.has(node.key) && !reachable.some(({ key }) => key === node.key);
  const stays = (node: NodeEndpoint): boolean => has(wanted, node) || node.key === self.key || (unresolved(node) && !quarantined.has(endpointOf(node)));
  const disallow = (allowlist ?? []).filter((node) => !stays(node));
  const allow = allowlist === null ? [] : wanted.filter((node) => !has(allowlist, node));
  const connected = new Set(peers.map(({ key }) => key));
  const connect = reachable.filter((node) => !connected.has(node.key) && !quarantined.has(endpointOf(node)));
  const kept = [...wanted, ...listed.filter((node) => unresolved(node) && !has(wanted, node))].filter(({ key }) => key !== self.key);
  const changed = staticNodes !== null && (kept.length !== staticNodes.length || kept.some((node) => !has(staticNodes, node)));
  return { disallow, allow, eject, connect, staticNodes: changed ? kept : null, tolerated };
}
