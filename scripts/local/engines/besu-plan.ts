import { join } from "node:path";
import { checkConsortium } from "../../../network/consortium-file.ts";
import type { Consortium } from "../../../network/consortium-schema.ts";
import { type NodeKey, nodeKeyOf } from "../../../network/besu/node-key.ts";
import type { Founder } from "../../deploy/consortium.ts";
import { keptConsortium, localTerms, memberEntry, writeConsortium } from "../consortium-file.ts";
import type { Layout, Seat } from "../layout.ts";
import { keptSecret, newPrivateKey } from "../secrets.ts";

/** One node of the local consortium. */
export type NodeSeat = { readonly name: string; readonly seat: Seat; readonly validator: boolean; readonly p2pPort: number; readonly rpcPort: number; readonly wsPort: number; readonly metricsPort: number };

const fourFrom = (first: number) => ({ p2pPort: first, rpcPort: first + 1, wsPort: first + 2, metricsPort: first + 3 });

/**
 * A validator for each hospital, a second one for the first (three validators would not stand the loss of any: a chain needs more than two thirds),
 * and the regulator's node, which follows. Ports are the seat's base + 4 to + 7, and the chain's base + 4 to + 7 for the second one.
 */
export function nodeSeats(plan: Layout): NodeSeat[] {
  const seats = plan.seats.map((seat) => ({ name: `${seat.key}-1`, seat, validator: seat.role === "hospital", ...fourFrom(seat.clinicalPort + 3) }));
  const [first] = plan.seats;
  return first === undefined ? seats : [...seats, { name: `${first.key}-2`, seat: first, validator: true, ...fourFrom(plan.chainPort + 4) }];
}

/** The key of a node, made on the first run and kept in its folder. */
export async function keptNodeKey(plan: Layout, name: string): Promise<NodeKey> {
  return nodeKeyOf(await keptSecret(join(plan.chainDir, name, "key"), () => newPrivateKey().slice(2)));
}

/**
 * The consortium file of the local consortium, written beside its state. Kept from an earlier run, since genesis is a function of it, with the
 * ports of this run.
 */
export async function besuConsortium(plan: Layout, founders: readonly Founder[]): Promise<Consortium> {
  const kept = await keptConsortium(plan);
  const nodes = await Promise.all(
    nodeSeats(plan).map(async ({ seat, ...node }) => ({ seat, node: { ...node, publicKey: (await keptNodeKey(plan, node.name)).publicKey, host: "127.0.0.1" } })),
  );
  const members = founders.map((founder, at) => ({ ...memberEntry(founder, at), nodes: nodes.filter(({ seat }) => seat.member === at + 1).map(({ node }) => node) }));
  const consortium = checkConsortium({
    ...(await localTerms(plan)),
    chainId: kept?.chainId ?? 20_252,
    genesisTime: kept?.genesisTime ?? Math.floor(Date.now() / 1000),
    consensus: kept?.consensus ?? { protocol: "ibft2", blockPeriodSeconds: 1 },
    members,
  });
  return await writeConsortium(plan, consortium);
}
