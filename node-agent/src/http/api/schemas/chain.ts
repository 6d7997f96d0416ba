import { z } from "zod";
import { denialReasons, requestStates, reviewStates } from "../../../model/ledger-views.ts";
import { fetchPhases } from "../../../flows/progress.ts";
import { addressIn, hex20, hex32, member, memberTextIn, milliseconds, purpose, seconds, studyIdIn, requestIdIn } from "./values.ts";

/** Views of chain state as the API answers them: the ledger views of the model, field for field. */
export const memberView = z.strictObject({
  id: member,
  kind: z.enum(["hospital", "observer"]),
  status: z.enum(["active", "suspended", "expelled"]),
  governor: hex20,
  operators: z.array(hex20),
  profile: z.strictObject({ displayName: z.string(), endpoint: z.string(), openpgpSha256: hex32, spkiSha256: hex32 }),
  nodes: z
    .array(z.strictObject({ enodeKey: z.string(), host: z.string(), port: z.int(), validator: z.boolean(), ipfsPeerId: z.string(), clusterPeerId: z.string() }))
    .describe("Chain nodes and their IPFS companions, as the member registered them."),
  /** Whether this is the member whose agent answers. */
  self: z.boolean(),
});

export const studyView = z.strictObject({
  id: hex32,
  custodian: member,
  patient: hex20,
  root: hex32,
  version: z.int(),
  status: z.enum(["active", "withdrawn"]),
  registeredAt: seconds,
});

export const consentView = z.strictObject({
  study: hex32,
  grantee: member.describe("0 means any active hospital."),
  purposes: z.array(purpose),
  notBefore: seconds,
  expiry: seconds,
  class: z.enum(["signed", "attested"]),
  creditAccount: hex20,
});

export const progress = z
  .strictObject({
    phase: z.enum(fetchPhases),
    bytesDone: z.int(),
    bytesTotal: z.int().describe("0 until the root has been read."),
    objectsDone: z.int(),
    objectsTotal: z.int(),
    bytesPerSecond: z.int().nullable().describe("Pace of the last seconds."),
    etaSeconds: z.int().nullable().describe("Seconds that the rest takes at this pace."),
    sources: z.array(z.strictObject({ name: z.string(), bytes: z.int() })).describe("Who gave how much."),
    startedAt: milliseconds,
    updatedAt: milliseconds,
    error: z.string().nullable().describe("Code of the last failure."),
  })
  .describe("How far the fetch of the study has come, in ciphertext.");

export const requestView = z.strictObject({
  id: hex32,
  study: hex32,
  requester: member,
  custodian: member,
  patient: hex20,
  purpose,
  state: z.enum(requestStates),
  reason: z.enum(denialReasons).describe("Why it was denied."),
  emergency: z.boolean(),
  review: z.enum(reviewStates),
  requestedAt: seconds,
  dueBy: seconds,
  accused: member.nullable(),
  keyDigest: hex32.nullable(),
});

export const creditView = z.strictObject({
  subject: z.union([member, hex20]),
  score: z.number(),
  counterparties: z.int(),
  gateOpen: z.boolean(),
  tier: z.enum(["bronze", "silver", "gold"]),
});

/** A line of the history: the event's own fields beside its position. */
export const historyEvent = z.looseObject({ kind: z.string(), block: z.int(), timestamp: seconds, logIndex: z.int(), transaction: hex32 });
export const historyPage = z.strictObject({ events: z.array(historyEvent), next: z.string().nullable().describe("Value of `before` for the next page; null at the end.") });

export const historyQuery = z
  .strictObject({
    study: studyIdIn.optional(),
    member: memberTextIn.optional(),
    request: requestIdIn.optional(),
    account: addressIn.optional().describe("Events of one patient address."),
    kinds: z
      .string()
      .max(500)
      .transform((text) => text.split(","))
      .optional()
      .describe("Event kinds, separated by commas."),
    limit: z.string().regex(/^\d{1,4}$/u, "limit is 1 to 1000").transform(Number).pipe(z.int().min(1).max(1000)).optional().describe("Events at most; 100 in a JSON page when left out, all there are in CSV."),
    before: z
      .string()
      .regex(/^\d{1,15}:\d{1,9}$/u, "before is the `next` of the previous page")
      .optional(),
    order: z.enum(["newest", "oldest"]).default("newest"),
    format: z.enum(["json", "csv"]).default("json"),
  })
  .describe("History filter; a patient account always sees its own studies only.");

const drift = z.strictObject({ kind: z.enum(["missing", "surplus", "stranger", "unreachable", "undecided"]), subject: z.string(), detail: z.string() });
const chainNode = z.strictObject({
  node: hex20.describe("Validator address of this institution's node."),
  head: z.int(),
  validators: z.array(z.strictObject({ address: hex20, member: member.nullable(), signing: z.boolean(), self: z.boolean() })),
  quorum: z.int().describe("Seals that a block needs."),
  margin: z.int().describe("Signing validators beyond the quorum; below 0 the chain stands still."),
  candidates: z.array(z.strictObject({ address: hex20, member, followedBlocks: z.int(), ofBlocks: z.int() })).describe("Nodes that prove themselves before they get this member's vote."),
  votes: z.array(z.strictObject({ validator: hex20, add: z.boolean(), castBy: z.array(hex20), needed: z.int() })).describe("Votes seen in recent blocks."),
  refused: z.array(z.strictObject({ validator: hex20, add: z.boolean(), reason: z.string() })).describe("Decided steps not taken, because the chain would stand still."),
  stall: z
    .strictObject({ head: z.int(), seconds: z.int(), quorum: z.int(), reachable: z.int(), silent: z.array(z.strictObject({ address: hex20, member: member.nullable(), why: z.string() })) })
    .nullable(),
});
const consortium = z
  .strictObject({
    block: z.int(),
    targets: z.array(z.strictObject({ name: z.string(), error: z.string().nullable(), drift: z.array(drift), notes: z.array(z.string()) })),
    chain: chainNode.nullable(),
  })
  .describe("How the consortium's membership is carried out here; null where no system of this institution follows it.");
const blockText = z.string().regex(/^\d{1,15}$/u, "a block is a whole number").transform(Number);
export const proofQuery = z
  .strictObject({
    studies: z
      .string()
      .max(67 * 1000)
      .transform((text) => text.split(","))
      .pipe(z.array(studyIdIn).min(1))
      .optional()
      .describe("Study ids, separated by commas; the whole history when left out."),
    from: blockText.optional().describe("First block of the history; the deployment of the contracts when left out."),
    to: blockText.optional().describe("Last block of the history; the head when left out."),
    headersFrom: blockText.optional().describe("First block whose header is given; 0 when left out, so that the proof begins at the genesis."),
  })
  .describe("What a history with proof is to cover.");
export const proofLine = z.looseObject({}).describe("One line of the answer (docs/proof-format.md): head, blocks, end.");

const ipfs = z
  .strictObject({
    lookedSecondsAgo: z.int().nullable().describe("Since it was last looked at with an answer; null before the first."),
    error: z.string().nullable().describe("Why it cannot be used now."),
    peers: z.strictObject({
      registered: z.int().describe("Cluster peers of other active hospitals, by the registry."),
      connected: z.int().describe("How many of them are connected."),
      silent: z.array(member).describe("Members whose Kubo gives no sign, or has no room."),
      strangers: z.int().describe("Connected cluster peers that no active hospital has registered."),
    }),
    pins: z.strictObject({
      kept: z.int().nullable().describe("Roots our Kubo keeps; null before the first count."),
      underWay: z.int().describe("Roots of anybody with a copy that is under way."),
      failed: z.int().describe("Roots of anybody with a copy that failed or does not answer."),
      oldestSeconds: z.int().describe("Since the oldest copy not in place was asked for."),
    }),
    underReplicated: z.strictObject({ count: z.int(), studies: z.array(z.strictObject({ study: hex32, have: z.int(), want: z.int() })) }).describe("Own studies that fewer institutions keep than wanted; the first fifty by name."),
    todo: z.array(z.string()).describe("What somebody should see to, and how."),
  })
  .describe("This institution's Kubo and cluster peer; null where there are none.");

const attempt = z.strictObject({ flow: z.string(), key: z.string(), attempts: z.int(), code: z.string(), message: z.string(), nextAt: milliseconds });
export const status = z.strictObject({
  role: z.enum(["hospital", "observer"]),
  member,
  name: z.string(),
  version: z.string(),
  engines: z.record(z.string(), z.string()).describe("Which engine each port runs on."),
  ready: z.boolean(),
  reasons: z.array(z.string()),
  notes: z.array(z.string()).describe("What somebody should see to although the agent serves."),
  ledger: z.strictObject({
    phase: z.string(),
    headBlock: z.int().nullable(),
    indexedBlock: z.int().nullable(),
    headAgeSeconds: z.number().nullable(),
    error: z.string().nullable(),
    events: z.int(),
    studies: z.int(),
    requests: z.int(),
    unknownEvents: z.int(),
  }),
  studies: z.record(z.string(), z.int()).describe("Studies here by state."),
  outboxPending: z.int(),
  failures: z.array(attempt).describe("Flows that failed and when they are tried again."),
  fetches: z.array(progress.extend({ study: hex32, request: hex32.nullable(), custodian: member })),
  replicasMissing: z.int(),
  ipfs: ipfs.nullable(),
  consortium: consortium.nullable(),
  recovery: z
    .strictObject({
      complete: z.boolean(),
      ownStudies: z.strictObject({ onChain: z.int(), here: z.int(), missing: z.array(hex32) }),
      copies: z.strictObject({ granted: z.int(), here: z.int(), missing: z.array(hex32) }),
      withdrawn: z.strictObject({ onChain: z.int(), here: z.int() }).describe("Withdrawn studies of this hospital: kept while their blocks could be had."),
      patients: z.int().describe("Patients known here."),
      enrolmentsAsked: z.boolean().describe("Whether every member has been asked for the register of enrolled wallets it may keep for this hospital."),
      reasons: z.array(z.strictObject({ study: hex32, code: z.string().nullable(), why: z.string().nullable() })).describe("What stood in the way of each missing study last."),
    })
    .nullable()
    .describe("What should be here by the chain's word, and whether it is; null on observers."),
});
