import { z } from "zod";
import { account, image, ipv4, label, nodeId, peerId, port, sha256, whole } from "./consortium-values.ts";

const day = 86_400;

const consensus = z.strictObject({
  protocol: z.enum(["ibft2", "qbft"]).default("ibft2").describe("Byzantine-fault-tolerant protocol of the chain; this one word switches it."),
  blockPeriodSeconds: whole(1, 300).default(5).describe("Seconds between blocks. Every block is kept for ever and replayed by every joiner: 5 s are 6.3 million a year."),
  requestTimeoutSeconds: whole(1, 600).nullable().default(null).describe("Seconds until a silent proposer is passed over; twice the block period unless given."),
  epochLength: whole(1, 10_000_000).default(30_000).describe("Blocks after which open validator votes lapse. Never changes on a living chain."),
  emptyBlockPeriodSeconds: whole(1, 3600).nullable().default(null).describe("Seconds between blocks while there is nothing to write; QBFT only, IBFT 2.0 would ignore it."),
});

const forks = z.strictObject({
  pragueTime: whole(0, 2 ** 40).nullable().default(null).describe("When the rules of Prague begin, seconds since the epoch; Cancun's hold from the start."),
  osakaTime: whole(0, 2 ** 40).nullable().default(null).describe("When the rules of Osaka begin, seconds since the epoch. They cap a transaction at 16,777,216 gas."),
});

const governance = z.strictObject({
  votingDelay: whole(0, 30 * day).default(day).describe("Seconds from a proposal to the snapshot of votes."),
  votingPeriod: whole(1, 60 * day).default(5 * day).describe("Seconds for which a proposal can be voted on."),
  timelockDelay: whole(0, 60 * day).default(2 * day).describe("Seconds between the vote and the earliest execution."),
  gracePeriod: whole(1, 180 * day).default(14 * day).describe("Seconds for which a carried proposal can still be executed."),
  minHospitals: whole(2, 100).default(2).describe("Fewest active hospitals that a proposal may leave."),
});

const credit = z.partialRecord(
  z.enum([
    "treatFloor", "newcomerCap", "gateEnter", "gateLeave", "goldEnter", "goldLeave", "epochCap", "missedPenalty", "misusePenalty",
    "researchShut", "researchOpen", "operationsShut", "operationsOpen", "minCounterparties", "openBronze", "openSilver", "openGold",
  ]),
  whole(0, 1_000_000),
);

const parameters = z.strictObject({
  signedTerm: whole(1, 100 * 365 * day).optional().describe("Longest term of a consent signed by the patient, seconds."),
  attestedTerm: whole(1, 100 * 365 * day).optional().describe("Longest term of a consent on paper, seconds."),
  delivery: whole(1, 365 * day).optional().describe("Seconds in which a granted request must be delivered."),
  emergencyDelivery: whole(1, 365 * day).optional().describe("The same for an emergency."),
  epochSeconds: whole(1, 365 * day).optional().describe("Length of a credit epoch, seconds; never changes afterwards."),
  credit: credit.optional().describe("Parameters of the credit score; ICreditLedger says what each means."),
});

const images = z.strictObject({
  besu: image.describe("Image of Hyperledger Besu."),
  kubo: image.describe("Image of Kubo (IPFS)."),
  cluster: image.describe("Image of IPFS Cluster."),
  agent: image.describe("Image of the node agent."),
});

const ipfs = z.strictObject({
  peerId: peerId.describe("Identity of the member's Kubo node."),
  swarmPort: port.default(4001).describe("TCP port of its swarm."),
});

const cluster = z.strictObject({
  peerId: peerId.describe("Identity of the member's IPFS Cluster peer."),
  port: port.default(9096).describe("TCP port of its cluster swarm."),
});

const node = z.strictObject({
  name: label.describe("Name of the node, unique in the consortium."),
  publicKey: nodeId.describe("The node's public key as in its enode URL, 128 hex digits."),
  host: ipv4.describe("IPv4 address at which the other members reach the node."),
  p2pPort: port.default(30_303).describe("TCP port of the peer-to-peer listener."),
  rpcPort: port.default(8545).describe("TCP port of JSON-RPC, for the member's own agent only."),
  wsPort: port.default(8546).describe("TCP port of the WebSocket, for the member's own agent only."),
  metricsPort: port.default(9545).describe("TCP port of the Prometheus metrics."),
  validator: z.boolean().default(true).describe("Whether the node seals blocks from block 0 on; a member's further nodes follow."),
  storage: z.enum(["bonsai", "forest"]).nullable().default(null).describe("State storage: forest (every past state, an observer's default) or bonsai (smaller; a hospital's default)."),
  ipfs: ipfs.nullable().default(null).describe("The Kubo node beside it."),
  cluster: cluster.nullable().default(null).describe("The IPFS Cluster peer beside it."),
});

const profile = z.strictObject({
  endpoint: z.union([z.literal(""), z.url({ protocol: /^https$/u, error: "give an https URL" })]).describe("URL of the agent's peer listener; empty for an observer."),
  openpgpSha256: sha256.describe("SHA-256 of the institution's OpenPGP certificate; zero for an observer."),
  spkiSha256: sha256.describe("SHA-256 of the agent's TLS public key (SubjectPublicKeyInfo); zero for an observer."),
});

const zero = `0x${"0".repeat(64)}` as const;

/** One member as the consortium file has it. */
export const memberShape = z.strictObject({
  id: whole(1, 0xffff_ffff).describe("Number in MemberRegistry: 1, 2, 3 in the order of this list."),
  name: z.string().trim().min(1).max(64).describe("Display name of the institution."),
  kind: z.enum(["hospital", "observer"]).describe("hospital: keeps and shares studies and votes; observer: reads."),
  governor: account.describe("Account that votes and changes the member's own entry."),
  operators: z.array(account).max(16).default([]).describe("Accounts of the member's agents; none for an observer."),
  profile: profile.prefault({ endpoint: "", openpgpSha256: zero, spkiSha256: zero }).describe("What peers need to know."),
  nodes: z.array(node).max(16).default([]).describe("The member's Besu nodes."),
});

/** The consortium file as it stands in YAML; what belongs together across keys is checked in consortium-rules.ts. */
export const consortiumShape = z.strictObject({
  name: z.string().trim().min(1).max(64).describe("Name of the consortium."),
  chainId: whole(1, 2 ** 31).describe("Chain id: a number that no other chain uses."),
  genesisTime: whole(0, 2 ** 40).default(0).describe("Time stamp of block 0, seconds since the epoch."),
  consensus: consensus.prefault({}).describe("How blocks come to be."),
  forks: forks.prefault({}).describe("When later rules of the virtual machine begin."),
  gasLimit: whole(20_000_000, 2 ** 40).default(100_000_000).describe("Gas of one block; bounds how much work a block can be."),
  governance: governance.prefault({}).describe("How the members decide."),
  guardians: z.array(account).min(1, "name at least one guardian: nobody else can stop writes at once").max(16).describe("Accounts that together can stop writes at once and cancel a proposal: governors or keys appointed for it, each of another person."),
  guardianThreshold: whole(1, 16).nullable().default(null).describe("How many of the guardians must agree; more than half of them unless given."),
  reviewers: z.array(account).max(64).default([]).describe("Accounts that review emergency accesses."),
  parameters: parameters.prefault({}).describe("Rules of consent, delivery and credit, where they differ from the defaults."),
  images: images.nullable().default(null).describe("Container images by digest; needed for a compose file only."),
  members: z.array(memberShape).min(1).max(1000).describe("The founding members, in the order of their numbers."),
});

/** A consortium, complete with defaults. */
export type Consortium = z.output<typeof consortiumShape>;
export type ConsortiumInput = z.input<typeof consortiumShape>;
export type ConsortiumMember = Consortium["members"][number];
export type ConsortiumNode = ConsortiumMember["nodes"][number];
