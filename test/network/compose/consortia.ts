import { createHash } from "node:crypto";
import { checkConsortium } from "../../../network/consortium-file.ts";
import type { Consortium, ConsortiumInput } from "../../../network/consortium-schema.ts";
import { peerIdentity } from "../../../network/ipfs/peer-identity.ts";
import { someConsortium } from "../consortium.ts";

const digest = (name: string): string => createHash("sha256").update(name).digest("hex");
export const someImages = {
  besu: `docker.io/hyperledger/besu:26.8.0@sha256:${digest("besu")}`,
  kubo: `docker.io/ipfs/kubo:v0.43.1@sha256:${digest("kubo")}`,
  cluster: `docker.io/ipfs/ipfs-cluster:v1.1.6@sha256:${digest("cluster")}`,
  agent: `sha256:${digest("agent")}`,
};

const seed = (name: string): Buffer => createHash("sha256").update(name).digest();
/** Kubo and cluster identity of a node of these tests. */
export const someIdentities = (name: string) => ({ kubo: peerIdentity(seed(`kubo ${name}`)), cluster: peerIdentity(seed(`cluster ${name}`)) });

type Member = ConsortiumInput["members"][number];
const withIpfs = (member: Member): Member =>
  member.kind === "observer"
    ? member
    : {
        ...member,
        nodes: member.nodes?.map((node) => ({ ...node, ipfs: { peerId: someIdentities(node.name).kubo.peerId }, cluster: { peerId: someIdentities(node.name).cluster.peerId } })),
      };

/** Consortia of several shapes, each with images: what a compose file must be made of. */
export function someConsortia(): Record<string, Consortium> {
  const four = { ...someConsortium(4), images: someImages };
  const [first, ...others] = four.members;
  if (first === undefined) throw new Error("no member");
  const second = { ...someConsortium(1).members[0]?.nodes?.[0], name: "hospital-1-follower", host: "10.20.0.40", validator: false } as NonNullable<Member["nodes"]>[number];
  return {
    "four hospitals and a regulator": checkConsortium(four),
    "with IPFS beside the hospitals' nodes": checkConsortium({ ...four, members: four.members.map(withIpfs) }),
    "QBFT, and a hospital with two nodes on ports of their own": checkConsortium({
      ...four,
      consensus: { protocol: "qbft", blockPeriodSeconds: 2, emptyBlockPeriodSeconds: 60 },
      members: [{ ...first, nodes: [...(first.nodes ?? []), { ...second, rpcPort: 9545, wsPort: 9546, metricsPort: 9547 }] }, ...others],
    }),
    "one hospital alone": checkConsortium({ ...someConsortium(1), images: someImages }),
    "a member without a node": checkConsortium({ ...four, members: four.members.map((member) => (member.kind === "observer" ? { ...member, nodes: [] } : member)) }),
  };
}
