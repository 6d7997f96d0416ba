import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { nodeFileNames, nodeNamed, roleOf } from "../../../network/besu/node-files.ts";
import { writeNode } from "../../../network/local/besu-network.ts";
import { type BesuNode, besuNode } from "../../../network/local/besu-node.ts";
import type { Besu } from "../../../network/local/find-besu.ts";
import { lockFolder } from "../../../network/embedded/lock.ts";
import { blockZeroHash } from "../../../network/genesis/block-zero.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import type { Child } from "../child.ts";
import type { Seat } from "../layout.ts";
import { besuConsortium, keptNodeKey, nodeSeats } from "./besu-plan.ts";
import type { ChainEngine } from "./chain-engine.ts";

/** Four nodes starting at once on two cores take their time. */
const patience = 300_000;

function asChild(node: BesuNode): Child {
  return { name: `Besu ${node.name}`, pid: node.pid() ?? 0, gone: node.gone().then((how) => how ?? 0), stop: () => node.stop(), kill: () => node.kill() };
}

/** Besu as processes: a validator per hospital, a second one for the first, and the regulator's observer. */
export function besuChain(besu: Besu, environment: Readonly<Record<string, string | undefined>>): ChainEngine {
  return {
    name: "besu",
    description: `Besu ${besu.version}, IBFT 2.0, four validators and the regulator's observer`,
    pollMilliseconds: 250,
    ports: (plan) =>
      nodeSeats(plan).flatMap(({ name, p2pPort, rpcPort, wsPort, metricsPort }) =>
        Object.entries({ "peer-to-peer": p2pPort, "JSON-RPC": rpcPort, WebSocket: wsPort, metrics: metricsPort }).map(([what, port]) => ({ port, who: `Besu ${name}, ${what}` })),
      ),
    async start({ plan, founders, note, signal }) {
      mkdirSync(plan.chainDir, { recursive: true, mode: 0o700 });
      const lock = lockFolder(plan.chainDir);
      const nodes = new Map<string, BesuNode>();
      const stopAll = async () => void (await Promise.all([...nodes.values()].map((node) => node.stop())));
      try {
        const consortium = await besuConsortium(plan, await founders());
        const genesis = consortiumGenesis(consortium);
        const genesisHash = blockZeroHash(genesis);
        for (const { name } of nodeSeats(plan)) {
          const { member, node } = nodeNamed(consortium, name);
          const dir = join(plan.chainDir, name);
          const key = await keptNodeKey(plan, name);
          await writeNode(dir, consortium, name, genesis, key);
          nodes.set(name, besuNode({ ...node, command: besu.command, name, role: roleOf(member, node), dir, key, environment, patience }));
        }
        note(`${nodes.size} nodes of Besu ${besu.version} are starting`);
        const ended = new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
        signal.throwIfAborted();
        await Promise.race([Promise.all([...nodes.values()].map((node) => node.start())), ended]);
        const nodeOf = (name: string): BesuNode => nodes.get(name) ?? missing(name);
        const ofSeat = (seat: Seat) => nodeOf(`${seat.key}-1`);
        const [any] = plan.seats;
        const block = (await nodeOf(`${any?.key}-1`).ask("eth_getBlockByNumber", ["latest", false])) as { readonly number: string };
        note(`chain ${consortium.chainId}, genesis ${genesisHash.slice(0, 10)}, at block ${Number(block.number)}`);
        return {
          chainId: consortium.chainId,
          genesisHash,
          url: nodeOf(`${any?.key}-1`).rpcUrl,
          endpointOf: (seat) => ofSeat(seat).rpcUrl,
          adminOf(seat) {
            const { dir, adminUrl } = ofSeat(seat);
            return { url: adminUrl, staticNodesFile: join(dir, nodeFileNames.staticNodes), permissionsFile: join(dir, nodeFileNames.permissions) };
          },
          nodesOf: (seat) =>
            nodeSeats(plan)
              .filter((one) => one.seat.key === seat.key)
              .map(({ name, p2pPort, validator }) => ({ enodeKey: `0x${nodeOf(name).publicKey}`, host: "127.0.0.1", port: p2pPort, validator, ipfsPeerId: "", clusterPeerId: "" }) as const),
          children: [...nodes.values()].map(asChild),
          release: () => lock.release(),
        };
      } catch (error) {
        await stopAll();
        lock.release();
        throw error;
      }
    },
  };
}

function missing(name: string): never {
  throw new Error(`no node ${name}`);
}
