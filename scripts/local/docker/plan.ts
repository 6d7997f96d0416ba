import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { agentPorts } from "../../../network/compose/agent-service.ts";
import { composeAddresses } from "../../../network/compose/compose.ts";
import { agentOf } from "../../../network/compose/names.ts";
import { checkConsortium } from "../../../network/consortium-file.ts";
import type { Consortium, ConsortiumInput } from "../../../network/consortium-schema.ts";
import type { IpfsKeys } from "../../../network/compose/ipfs-services.ts";
import { peerIdentity } from "../../../network/ipfs/peer-identity.ts";
import type { Images } from "../../docker/images.ts";
import { keptNodeKey, type NodeSeat, nodeSeats } from "../engines/besu-plan.ts";
import { founders } from "../found.ts";
import { keptConsortium, localTerms, memberEntry, writeConsortium } from "../consortium-file.ts";
import type { Layout, Seat } from "../layout.ts";
import { keptSecret } from "../secrets.ts";

const hex = (): string => randomBytes(32).toString("hex");

/** Two numbers from the folder's name, so that several consortia on one computer rarely meet in names and addresses. */
function mark({ dir }: Layout): { readonly project: string; readonly shared: number; readonly own: number } {
  const digest = createHash("sha256").update(dir).digest();
  return { project: `fiducial-${digest.toString("hex").slice(0, 8)}`, shared: 2 * ((digest[0] ?? 0) % 120), own: 100 + ((digest[1] ?? 0) % 100) };
}

export const projectOf = (plan: Layout): string => mark(plan).project;
/** The network from which each member's own containers have their addresses. */
export const ownNetworksOf = (plan: Layout): string => `10.${mark(plan).own}.0.0`;
/** Folder of compose.yaml and what it refers to. */
export const composeDir = (plan: Layout): string => join(plan.dir, "compose");

/** Keys of the Kubo and cluster peer beside a hospital's first node, made on the first run and kept. */
export async function ipfsKeys(plan: Layout, seat: Seat): Promise<IpfsKeys> {
  const kept = (name: string) => keptSecret(join(plan.dir, seat.key, "ipfs", name), hex);
  return {
    kubo: peerIdentity(Buffer.from(await kept("kubo-seed"), "hex")),
    cluster: peerIdentity(Buffer.from(await kept("cluster-seed"), "hex")),
    restPassword: await kept("rest-password"),
    swarmKey: await keptSecret(join(plan.dir, "ipfs", "swarm-key"), hex),
    clusterSecret: await keptSecret(join(plan.dir, "ipfs", "cluster-secret"), hex),
  };
}

async function nodeOf(plan: Layout, { name, seat, validator }: NodeSeat, at: number): Promise<NonNullable<ConsortiumInput["members"][number]["nodes"]>[number]> {
  const { publicKey } = await keptNodeKey(plan, name);
  const base = { name, publicKey, host: `172.29.${mark(plan).shared}.${11 + at}`, validator };
  if (seat.role === "observer" || name !== `${seat.key}-1`) return base;
  const { kubo, cluster } = await ipfsKeys(plan, seat);
  return { ...base, ipfs: { peerId: kubo.peerId }, cluster: { peerId: cluster.peerId } };
}

/**
 * The consortium file of the consortium in containers, written beside its state: every node with an address of its own, images by digest. Kept
 * from an earlier run, since genesis is a function of it; other images take the place of the kept ones.
 */
export async function dockerConsortium(plan: Layout, images: Images): Promise<Consortium> {
  const kept = await keptConsortium(plan);
  const nodes = await Promise.all(nodeSeats(plan).map(async (one, at) => ({ seat: one.seat, node: await nodeOf(plan, one, at) })));
  const terms = await localTerms(plan);
  const found = await founders(plan);
  const with_ = (endpointOf: (member: number) => string): Consortium =>
    checkConsortium({
      ...terms,
      chainId: kept?.chainId ?? 20_253,
      genesisTime: kept?.genesisTime ?? Math.floor(Date.now() / 1000),
      consensus: kept?.consensus ?? { protocol: "ibft2", blockPeriodSeconds: 1 },
      images,
      members: found.map((founder, at) => {
        const { profile, ...entry } = memberEntry(founder, at);
        return { ...entry, profile: { ...profile, endpoint: founder.kind === "Hospital" ? endpointOf(entry.id) : "" }, nodes: nodes.filter(({ seat }) => seat.member === entry.id).map(({ node }) => node) };
      }),
    });
  // Where an agent is reached follows from the addresses of all containers, which follow from members and nodes alone.
  const skeleton = with_((member) => `https://member-${member}.invalid`);
  const addresses = composeAddresses(skeleton, ownNetworksOf(plan));
  const consortium = with_((id) => `https://${addresses.shared(agentOf(skeleton.members[id - 1] ?? missing(id)))}:${agentPorts.peer}`);
  return await writeConsortium(plan, consortium);
}

function missing(id: number): never {
  throw new Error(`no member ${id}`);
}
