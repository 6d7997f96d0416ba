import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileNames, nodeFiles, nodeNamed, roleOf } from "../besu/node-files.ts";
import { newNodeKey, type NodeKey } from "../besu/node-key.ts";
import { checkConsortium, nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumInput } from "../consortium-schema.ts";
import { blockZeroHash } from "../genesis/block-zero.ts";
import type { Protocol } from "../genesis/extra-data.ts";
import type { Genesis } from "../genesis/genesis.ts";
import { consortiumGenesis } from "../genesis/of-consortium.ts";
import type { Hex } from "../hex.ts";
import { type BesuNode, besuNode } from "./besu-node.ts";
import { findBesu } from "./find-besu.ts";
import { freePorts } from "./ports.ts";

export type BesuNetworkOptions = {
  /** Folder of the network; one folder per node below it. */
  readonly dir: string;
  /** Four unless given. */
  readonly validators?: number;
  /** Nodes that follow and refuse every transaction; none unless given. */
  readonly observers?: number;
  readonly protocol?: Protocol;
  /** One second unless given. */
  readonly blockPeriodSeconds?: number;
  readonly emptyBlockPeriodSeconds?: number;
  readonly chainId?: number;
  readonly gasLimit?: number;
  readonly alloc?: Genesis["alloc"];
  /** Changes the genesis file before anything is made from it: for trials that need what a consortium file does not offer. */
  readonly adjust?: (genesis: Genesis) => Genesis;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Called when the files of every node lie in its folder and none runs yet: the moment to change them. */
  readonly prepare?: (nodes: readonly BesuNode[]) => Promise<void>;
  /** How long one node's start may take, ms; five minutes unless given, since a busy machine starts four of them slowly. */
  readonly patience?: number;
};

/** A running network of Besu processes on loopback. */
export type BesuNetwork = {
  readonly consortium: Consortium;
  readonly chainId: number;
  readonly genesis: Genesis;
  readonly genesisHash: Hex;
  /** Validators first, then observers, then what was added later. */
  readonly nodes: readonly BesuNode[];
  readonly validators: readonly BesuNode[];
  readonly observers: readonly BesuNode[];
  /**
   * Prepares one more node, not started: it knows every node there is and follows as `kind` says. The others refuse it until `introduce`.
   */
  addNode(input: { readonly name: string; readonly kind: "hospital" | "observer"; readonly storage?: "forest" | "bonsai" }): Promise<BesuNode>;
  /** Puts a node on the allowlist of every other running node and makes it a peer. */
  introduce(node: BesuNode): Promise<void>;
  /** Stops every node; resolves when all are gone. */
  stop(): Promise<void>;
};

const address = (at: number): Hex => `0x${(0xa000_0000 + at).toString(16).padStart(40, "0")}`;
const digest = (at: number): Hex => `0x${at.toString(16).padStart(64, "0")}`;

type Seat = { readonly name: string; readonly kind: "hospital" | "observer"; readonly validator: boolean; readonly key: NodeKey; readonly storage?: "forest" | "bonsai" };

async function memberOf(seat: Seat, at: number): Promise<ConsortiumInput["members"][number]> {
  const [p2pPort = 0, rpcPort = 0, wsPort = 0, metricsPort = 0] = await freePorts(4);
  const node = { name: seat.name, publicKey: seat.key.publicKey, host: "127.0.0.1", p2pPort, rpcPort, wsPort, metricsPort, validator: seat.validator, storage: seat.storage ?? null };
  const base = { id: at + 1, name: seat.name, kind: seat.kind, governor: address(2 * at + 1), nodes: [node] };
  if (seat.kind === "observer") return base;
  return { ...base, operators: [address(2 * at + 2)], profile: { endpoint: `https://${seat.name}.invalid`, openpgpSha256: digest(2 * at + 1), spkiSha256: digest(2 * at + 2) } };
}

/** Writes the files of one node into its folder, the key readable by its owner only. */
export async function writeNode(folder: string, consortium: Consortium, name: string, genesis: Genesis, key: NodeKey): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { texts } = nodeFiles(consortium, name, genesis, { folder, bindHost: "127.0.0.1", rpcHost: "127.0.0.1", hostAllowlist: ["localhost", "127.0.0.1"] });
  for (const [file, text] of Object.entries(texts)) await writeFile(join(folder, file), text);
  await writeFile(join(folder, nodeFileNames.key), key.secret, { mode: 0o600 });
}

/**
 * Starts a permissioned network of validators and observers as processes and resolves when every node answers. They end with this process,
 * however it ends. Throws NETWORK_BESU_MISSING, NETWORK_NODE_FAILED.
 */
export async function startBesuNetwork(options: BesuNetworkOptions): Promise<BesuNetwork> {
  const environment = options.environment ?? process.env;
  const { command } = await findBesu(environment);
  const seats: Seat[] = [
    ...Array.from({ length: options.validators ?? 4 }, (_unused, at) => ({ name: `validator-${at + 1}`, kind: "hospital" as const, validator: true, key: newNodeKey() })),
    ...Array.from({ length: options.observers ?? 0 }, (_unused, at) => ({ name: `observer-${at + 1}`, kind: "observer" as const, validator: false, key: newNodeKey() })),
  ];
  const keys = new Map(seats.map(({ name, key }) => [name, key]));
  const members = [];
  for (const [at, seat] of seats.entries()) members.push(await memberOf(seat, at));
  const input: ConsortiumInput = {
    name: "A network on loopback",
    chainId: options.chainId ?? 20_251,
    consensus: { protocol: options.protocol ?? "ibft2", blockPeriodSeconds: options.blockPeriodSeconds ?? 1, emptyBlockPeriodSeconds: options.emptyBlockPeriodSeconds ?? null },
    gasLimit: options.gasLimit ?? 100_000_000,
    guardians: [address(0)],
    members,
  };
  let consortium = checkConsortium(input);
  const agreed = consortiumGenesis(consortium, options.alloc ?? {});
  const genesis = options.adjust?.(agreed) ?? agreed;
  const nodes: BesuNode[] = [];

  async function seatNode(name: string, key: NodeKey): Promise<BesuNode> {
    const { member, node } = nodeNamed(consortium, name);
    const dir = join(options.dir, name);
    await writeNode(dir, consortium, name, genesis, key);
    const made = besuNode({ ...node, command, name, role: roleOf(member, node), dir, key, environment, patience: options.patience ?? 300_000 });
    nodes.push(made);
    return made;
  }

  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (const { node } of nodesOf(consortium)) {
      const key = keys.get(node.name);
      if (key !== undefined) await seatNode(node.name, key);
    }
    await options.prepare?.(nodes);
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get consortium() {
      return consortium;
    },
    chainId: consortium.chainId,
    genesis,
    genesisHash: blockZeroHash(genesis),
    nodes,
    validators: nodes.filter(({ role }) => role === "validator"),
    observers: nodes.filter(({ role }) => role === "observer"),
    async addNode({ name, kind, storage }) {
      const key = newNodeKey();
      const member = await memberOf({ name, kind, validator: false, key, ...(storage === undefined ? {} : { storage }) }, consortium.members.length);
      consortium = checkConsortium({ ...input, members: [...consortium.members, member] });
      return await seatNode(name, key);
    },
    async introduce(node) {
      for (const other of nodes) {
        if (other === node || other.pid() === null) continue;
        const allowed = (await other.ask("perm_getNodesAllowlist")) as readonly string[];
        if (!allowed.some((one) => one.includes(node.publicKey))) await other.ask("perm_addNodesToAllowlist", [[node.enode]]);
        await other.ask("admin_addPeer", [node.enode]);
      }
    },
    stop,
  };
}
