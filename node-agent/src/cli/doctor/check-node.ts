import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Config } from "../../config/schema.ts";
import { endpointOf } from "../../consortium/enode.ts";
import { rosterOf } from "../../consortium/roster.ts";
import { createBesuAdmin } from "../../ledger/besu-admin.ts";
import { createRpc } from "../../ledger/rpc.ts";
import type { MemberId } from "../../model/ids.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import { dial } from "../../peers/dial.ts";
import type { NodeAdmin, NodeEndpoint } from "../../ports/node-admin.ts";
import { fail, failure, type Finding, ok, skip, warn } from "./finding.ts";

const dialMs = 4000;

/** What asking a node for prices shows: without a price of 0 nothing of this consortium is ever mined through it. */
export async function checkGas(config: Config): Promise<Finding[]> {
  const rpc = createRpc({ endpoint: config.chain.endpoint, timeoutMs: 5000, retries: 0 });
  const check = "gas price";
  try {
    const [version, price, block] = await rpc.callAll([{ method: "web3_clientVersion", params: [] }, { method: "eth_gasPrice", params: [] }, { method: "eth_getBlockByNumber", params: ["latest", false] }]);
    // The embedded engine takes price 0 whatever it suggests.
    if (!/^besu/iu.test(String(version))) return [skip(check, "the node is no Besu")];
    const baseFee = (block as { readonly baseFeePerGas?: unknown } | null)?.baseFeePerGas ?? "0x0";
    if (BigInt(String(baseFee)) !== 0n) return [fail(check, `blocks carry a base fee of ${BigInt(String(baseFee))}`, "The genesis lacks zeroBaseFee: this is not the consortium's chain, or it was founded wrongly.")];
    if (BigInt(String(price)) !== 0n)
      return [fail(check, `the node asks ${BigInt(String(price))} wei: it takes transactions of price 0 and never puts them into its blocks`, "Start the node with --min-gas-price=0 and without --tx-pool-min-gas-price.")];
    return [ok(check, "0, and no base fee")];
  } catch (error) {
    return [failure(check, error)];
  } finally {
    await rpc.close();
  }
}

const loopback = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/u;

/** The administration of our own node: whether it answers with what the agent needs, and who else might reach it. */
export async function checkNode(config: Config, self: MemberId, members: readonly MemberView[]): Promise<Finding[]> {
  const { admin: url } = config.chain;
  if (url === null) return [skip("node administration", "chain.admin is not given: membership is not carried out on the node")];
  const rpc = createRpc({ endpoint: url, timeoutMs: 5000, retries: 0 });
  const admin = createBesuAdmin(rpc, { staticNodes: config.consortium.staticNodesFile, permissions: config.consortium.permissionsFile });
  try {
    const own = await admin.self();
    const exposed = loopback.test(new URL(url).hostname)
      ? []
      : [warn("node administration", `${url} is not on loopback`, "Whoever reaches it rules the node: make sure that only this agent does (same pod, or an own network of two containers).")];
    return [ok("node administration", `answers; node ${own.key.slice(0, 16)}`), ...exposed, ...registered(own, self, members), ...(await connections(admin, own, members)), ...(await sync(admin))];
  } catch (error) {
    return [failure("node administration", error)];
  } finally {
    await rpc.close();
  }
}

function registered(own: NodeEndpoint, self: MemberId, members: readonly MemberView[]): Finding[] {
  const check = "node key";
  const roster = rosterOf({ members });
  const entry = roster.nodes.get(own.key);
  if (entry === undefined) return [fail(check, "the node's key is not in the registry", `Register it: fiducial member nodes add enode://${own.key}@HOST:PORT --config FILE --key-file FILE`)];
  if (entry.member !== self) return [fail(check, `the node's key is registered by member ${entry.member}`, "Make a new node key; two nodes must never share one.")];
  return [ok(check, `registered at ${endpointOf(entry)}${entry.validator ? ", as a validator" : ""}`)];
}

/** Every registered node of the others: its name, the way to it, and whether our node lets it in and is connected to it. */
async function connections(admin: NodeAdmin, own: NodeEndpoint, members: readonly MemberView[]): Promise<Finding[]> {
  const [allowlist, peers] = await Promise.all([admin.allowlist(), admin.peers()]);
  const nodes = [...rosterOf({ members }).nodes.values()].filter(({ key }) => key !== own.key);
  const found = await Promise.all(
    nodes.map(async (node): Promise<Finding> => {
      const check = `node of member ${node.member}`;
      const at = endpointOf(node);
      if (peers.some(({ key }) => key === node.key)) return ok(check, `connected (${at})`);
      const address = isIP(node.host) !== 0 ? node.host : await lookup(node.host, { family: 4 }).then(({ address: one }) => one, () => null);
      if (address === null) return fail(check, `the name ${node.host} leads to no address`, "Check this machine's DNS; ask the member whether the name is right.");
      const squatter = peers.find((peer) => peer.host === address && peer.port === node.port);
      if (squatter !== undefined) return fail(check, `another key answers at ${at}: ${squatter.key.slice(0, 16)}`, "A stranger sits on this address, or the member changed its node key without registering it: ask the member.");
      if (allowlist !== null && !allowlist.some(({ key }) => key === node.key)) return fail(check, "our node's allowlist lacks it", "Let the agent run (chain.admin and consortium.reconcile), or add it with perm_addNodesToAllowlist.");
      const refused = await dial(node.host, node.port, dialMs);
      if (refused !== null) return fail(check, `${at} cannot be reached (${refused})`, "Open TCP outwards to it; if that is open, the member's node is down or its firewall does not know this institution's address.");
      return warn(check, `${at} can be reached, and the nodes are not connected`, "The member's allowlist may lack our node, or its node follows another genesis: see what its agent answers below.");
    }),
  );
  const strangers = peers.filter(({ key }) => key !== own.key && !nodes.some((node) => node.key === key));
  return [...found, ...strangers.map(({ key, host, port }) => warn("peer of the node", `${key.slice(0, 16)} at ${host}:${port} is connected and in nobody's entry`, "If it is a founder that has not registered its node yet, that will mend itself; else the agent ejects it."))];
}

async function sync(admin: NodeAdmin): Promise<Finding[]> {
  const [head, peers] = await Promise.all([admin.head(), admin.peers()]);
  const newest = Math.max(head, ...peers.map(({ latestBlock }) => latestBlock ?? 0));
  const behind = newest - head;
  if (peers.length === 0) return [fail("node's peers", "the node is connected to nobody", "See what the lines about the members' nodes say.")];
  if (behind > 5) return [warn("node's sync", `block ${head}, ${behind} behind its peers`, "Wait until it has caught up; nothing is decided or handed over before.")];
  return [ok("node's sync", `block ${head}, as its ${peers.length} peers`)];
}
