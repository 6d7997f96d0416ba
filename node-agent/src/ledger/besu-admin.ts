import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { enodeUrl, parseEnode } from "../consortium/enode.ts";
import { fault, isFault } from "../model/fault.ts";
import { type Address, address } from "../model/ids.ts";
import { committersOf, decodeBftExtra } from "../proof/bft.ts";
import { decodeHeader, encodeRpcHeader } from "../proof/header.ts";
import type { NodeAdmin, NodeEndpoint, NodePeer, SealedBlock } from "../ports/node-admin.ts";
import { quantityOf } from "./block.ts";
import { readNodeList, writePermissions, writeStaticNodes } from "./node-files.ts";
import type { Rpc } from "./rpc.ts";

export type BesuFiles = {
  /** The node's static-nodes.json, where the agent can write it; null where it cannot. */
  readonly staticNodes: string | null;
  /** The node's permissions_config.toml, likewise: the only way to take a node off the list that Besu was started with as a static node. */
  readonly permissions: string | null;
};

const notEnabled = /allowlist has not been enabled|permissioning has not been enabled/iu;
const fixedNode = /fixed node/iu;
const methodMissing: ReadonlySet<number> = new Set([-32601, -32604]);

const bad = (method: string, reason: string): Error => fault("NODE_ADMIN_REFUSED", { method, reason });

/** A quantity in either of the forms Besu uses: 0x hex in most places, a number for `latestBlock`. */
function countOf(method: string, value: unknown): number {
  const count = typeof value === "number" ? value : typeof value === "string" && /^0x[0-9a-f]{1,13}$/iu.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 0) throw bad(method, "a number is none");
  return count;
}

function accountOf(method: string, value: unknown): Address {
  if (typeof value !== "string" || !/^0x[0-9a-f]{40}$/iu.test(value)) throw bad(method, "an address is none");
  return address(value);
}

const listIn = (method: string, value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw bad(method, "the answer is no list");
  return value;
};

const nodesIn = (method: string, value: unknown): NodeEndpoint[] =>
  listIn(method, value).map((url) => {
    const node = parseEnode(String(url));
    if (node === null) throw bad(method, "an enode URL is none");
    return node;
  });

function peerOf(value: unknown): NodePeer | null {
  const { id, enode, network, port, protocols } = value as { id?: unknown; enode?: unknown; network?: { remoteAddress?: unknown }; port?: unknown; protocols?: { eth?: { latestBlock?: unknown } } };
  const key = String(id).replace(/^0x/iu, "").toLowerCase();
  if (!/^[0-9a-f]{128}$/u.test(key)) return null;
  const latest = protocols?.eth?.latestBlock;
  const latestBlock = latest === undefined || latest === null ? null : countOf("admin_peers", latest);
  const listening = parseEnode(String(enode));
  if (listening !== null) return { ...listening, key, latestBlock };
  const host = String(network?.remoteAddress ?? "").replace(/:\d+$/u, "");
  return { key, host, port: port === undefined ? 0 : countOf("admin_peers", port), latestBlock };
}

function blockOf(value: unknown): SealedBlock | null {
  if (value === null) return null;
  try {
    const header = decodeHeader(encodeRpcHeader(value as Readonly<Record<string, unknown>>));
    const extra = decodeBftExtra(header.extraData);
    const proposer = address(header.coinbase);
    return {
      number: header.number,
      timestamp: header.timestamp,
      proposer,
      validators: extra.validators.map(address),
      vote: extra.vote === null ? null : { block: header.number, proposer, subject: address(extra.vote.candidate), add: extra.vote.add },
      sealers: committersOf(header, extra).flatMap((one) => (one === null ? [] : [address(one)])),
    };
  } catch (error) {
    throw fault("NODE_ADMIN_REFUSED", { method: "eth_getBlockByNumber", reason: "the block is not one of IBFT 2.0 or QBFT" }, error);
  }
}

/**
 * Administration of a Besu node over its ADMIN, PERM, ETH and IBFT or QBFT methods; which of the two is found out at the first use. `rpc` goes to a
 * listener that only this agent reaches: these methods let their caller rule the node.
 */
export function createBesuAdmin(rpc: Rpc, files: BesuFiles): NodeAdmin {
  let consensus: Promise<"ibft" | "qbft"> | null = null;

  async function call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    try {
      return await rpc.call(method, params);
    } catch (error) {
      if (isFault(error, "LEDGER_UNREACHABLE")) throw fault("NODE_ADMIN_UNREACHABLE", { reason: error.details.reason }, error);
      if (isFault(error, "LEDGER_RPC_ERROR")) throw fault("NODE_ADMIN_REFUSED", { method, reason: error.details.reason }, error);
      throw error;
    }
  }

  /** The family of methods that this chain's consensus answers to; both may be switched on, only one works. */
  async function detect(): Promise<"ibft" | "qbft"> {
    for (const family of ["qbft", "ibft"] as const) {
      const reply = await rpc.ask(`${family}_getValidatorsByBlockNumber`, ["latest"]).catch((error: unknown) => {
        throw isFault(error, "LEDGER_UNREACHABLE") ? fault("NODE_ADMIN_UNREACHABLE", { reason: error.details.reason }, error) : error;
      });
      if ("result" in reply) return family;
      if ("error" in reply && !methodMissing.has(reply.error.code)) throw bad(`${family}_getValidatorsByBlockNumber`, reply.error.message);
    }
    throw bad("ibft_getValidatorsByBlockNumber", "neither IBFT nor QBFT methods are switched on");
  }

  async function family(name: string, params: readonly unknown[] = []): Promise<unknown> {
    consensus ??= detect();
    try {
      return await call(`${await consensus}_${name}`, params);
    } catch (error) {
      // After a migration the other family answers: found out anew.
      consensus = null;
      throw error;
    }
  }

  async function allowlist(): Promise<NodeEndpoint[] | null> {
    const reply = await rpc.ask("perm_getNodesAllowlist", []).catch((error: unknown) => {
      throw isFault(error, "LEDGER_UNREACHABLE") ? fault("NODE_ADMIN_UNREACHABLE", { reason: error.details.reason }, error) : error;
    });
    if ("result" in reply) return nodesIn("perm_getNodesAllowlist", reply.result);
    if (notEnabled.test(reply.error.message)) return null;
    throw bad("perm_getNodesAllowlist", reply.error.message);
  }

  /** Besu takes no static node off its list by RPC; it does when it reads its file again. */
  async function disallowByFile(nodes: readonly NodeEndpoint[], cause: unknown): Promise<void> {
    if (files.permissions === null) throw cause;
    const gone = new Set(nodes.map(enodeUrl));
    const kept = ((await allowlist()) ?? []).filter((node) => !gone.has(enodeUrl(node)));
    await writePermissions(files.permissions, kept);
    await call("perm_reloadPermissionsFromFile");
  }

  return {
    async self() {
      const { enode } = (await call("admin_nodeInfo")) as { enode?: unknown };
      const node = parseEnode(String(enode));
      if (node === null) throw bad("admin_nodeInfo", "the node names no enode URL of its own");
      return node;
    },
    async peers() {
      return listIn("admin_peers", await call("admin_peers")).flatMap((peer) => peerOf(peer) ?? []);
    },
    allowlist,
    async allow(nodes) {
      await call("perm_addNodesToAllowlist", [nodes.map(enodeUrl)]);
    },
    async disallow(nodes) {
      try {
        await call("perm_removeNodesFromAllowlist", [nodes.map(enodeUrl)]);
      } catch (error) {
        if (!isFault(error, "NODE_ADMIN_REFUSED") || !fixedNode.test(error.details.reason)) throw error;
        await disallowByFile(nodes, error);
      }
    },
    async connect(node) {
      await call("admin_addPeer", [enodeUrl(node)]);
    },
    async disconnect(node) {
      await call("admin_removePeer", [enodeUrl(node)]);
    },
    async gasPrice() {
      return countOf("eth_gasPrice", await call("eth_gasPrice"));
    },
    async head() {
      return countOf("eth_blockNumber", await call("eth_blockNumber"));
    },
    async block(number) {
      return blockOf(await call("eth_getBlockByNumber", [quantityOf(number), false]));
    },
    async validators() {
      // Asked in the moment a block arrives, Besu may answer null for the latest.
      let list: unknown = null;
      for (let tries = 0; tries < 5 && list === null; tries++) {
        if (tries > 0) await sleep(100);
        list = await family("getValidatorsByBlockNumber", ["latest"]);
      }
      return listIn("getValidatorsByBlockNumber", list).map((one) => accountOf("getValidatorsByBlockNumber", one));
    },
    async wishes() {
      const pending = (await family("getPendingVotes")) as Readonly<Record<string, unknown>>;
      return new Map(Object.entries(pending).map(([validator, add]) => [accountOf("getPendingVotes", validator), add === true]));
    },
    async wish(validator, add) {
      await family("proposeValidatorVote", [validator, add]);
    },
    async forgetWish(validator) {
      await family("discardValidatorVote", [validator]);
    },
    async activity(from, to) {
      const rows = listIn("getSignerMetrics", await family("getSignerMetrics", [quantityOf(from), quantityOf(to)]));
      return rows.map((row) => {
        const { address: of, proposedBlockCount, lastProposedBlockNumber } = row as Record<"address" | "proposedBlockCount" | "lastProposedBlockNumber", unknown>;
        return { address: accountOf("getSignerMetrics", of), proposed: countOf("getSignerMetrics", proposedBlockCount), lastProposed: countOf("getSignerMetrics", lastProposedBlockNumber) };
      });
    },
    staticNodes: async () => (files.staticNodes === null ? null : await readNodeList(files.staticNodes)),
    async writeStaticNodes(nodes) {
      if (files.staticNodes !== null) await writeStaticNodes(files.staticNodes, nodes);
    },
    async resolve(host) {
      if (isIP(host) !== 0) return host;
      return await lookup(host, { family: 4 }).then(
        ({ address: found }) => found,
        () => null,
      );
    },
  };
}
