import fc from "fast-check";
import { type Address, address, type Digest, digest, memberId, requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerEvent, LedgerFact } from "../../../node-agent/src/model/ledger-events.ts";
import { denialReasons, type MemberProfile } from "../../../node-agent/src/model/ledger-views.ts";
import { purposes } from "../../../node-agent/src/model/purpose.ts";
import type { LedgerBatch } from "../../../node-agent/src/ports/ledger.ts";

const repeated = (digit: number, bytes: number): `0x${string}` => `0x${digit.toString(16).padStart(2, "0").repeat(bytes)}`;

/** Few ids, so that events meet. */
export const pools = {
  studies: [1, 2, 3, 4, 5].map((n) => studyId(repeated(n, 32))),
  requests: [17, 18, 19, 20, 21, 22].map((n) => requestId(repeated(n, 32))),
  addresses: [0, 33, 34, 35, 36, 37].map((n) => address(repeated(n, 20))),
  members: [1, 2, 3, 4].map(memberId),
  grantees: [0, 1, 2, 3, 4].map(memberId),
  times: [100, 200, 300, 400],
};

const anyOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const study = anyOf(pools.studies);
const request = anyOf(pools.requests);
const account: fc.Arbitrary<Address> = anyOf(pools.addresses);
const member = anyOf(pools.members);
const hash: fc.Arbitrary<Digest> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => digest(`0x${Buffer.from(bytes).toString("hex")}`));
const spki = anyOf([41, 42, 43].map((n) => digest(repeated(n, 32))));
const profile: fc.Arbitrary<MemberProfile> = fc.record({ displayName: fc.string({ unit: "grapheme" }), endpoint: fc.webUrl(), openpgpSha256: hash, spkiSha256: spki });
const node = fc.record({
  enodeKey: hash,
  host: fc.domain(),
  port: fc.nat(65_535),
  validator: fc.boolean(),
  ipfsPeerId: fc.string(),
  clusterPeerId: fc.string(),
});
const amount = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const time = anyOf(pools.times);
const parties = { request, study, requester: member, custodian: member };
const kind = <Kind extends LedgerFact["kind"]>(name: Kind) => fc.constant(name);

/** Any fact of any kind; sequences of them need not make sense to a contract. */
export const anyFact: fc.Arbitrary<LedgerFact> = fc.oneof(
  fc.record({ kind: kind("MemberAdmitted"), member, memberKind: anyOf(["hospital", "observer"] as const), governor: account, operators: fc.array(account, { maxLength: 3 }), profile }),
  fc.record({ kind: kind("MemberStatusChanged"), member, status: anyOf(["active", "suspended", "expelled"] as const) }),
  fc.record({ kind: kind("MemberProfileChanged"), member, profile }),
  fc.record({ kind: kind("MemberNodesChanged"), member, nodes: fc.array(node, { maxLength: 2 }) }),
  fc.record({ kind: kind("GovernorReplaced"), member, governor: account }),
  fc.record({ kind: kind("OperatorAdded"), member, operator: account }),
  fc.record({ kind: kind("OperatorRemoved"), member, operator: account }),
  fc.record({ kind: kind("StudyRegistered"), study, custodian: member, patient: account, root: hash }),
  fc.record({ kind: kind("StudySuperseded"), study, custodian: member, patient: account, root: hash, version: fc.integer({ min: 1, max: 2 ** 32 - 1 }) }),
  fc.record({ kind: kind("StudyWithdrawn"), study, custodian: member, patient: account, reason: fc.nat(255) }),
  fc.record({
    kind: kind("ConsentGranted"),
    study,
    grantee: anyOf(pools.grantees),
    patient: account,
    purposes: fc.subarray([...purposes]),
    notBefore: time,
    expiry: time,
    class: anyOf(["signed", "attested"] as const),
    creditAccount: account,
    nonce: fc.nat(65_535),
    relayer: member,
  }),
  fc.record({
    kind: kind("ConsentRevoked"),
    study,
    grantee: anyOf(pools.grantees),
    patient: account,
    class: anyOf(["signed", "attested", null] as const),
    byCustodian: fc.boolean(),
    nonce: fc.nat(65_535),
    relayer: member,
  }),
  fc.record({
    kind: kind("AccessRequested"),
    ...parties,
    patient: account,
    purpose: anyOf(purposes),
    granted: fc.boolean(),
    reason: anyOf(denialReasons),
    emergency: fc.boolean(),
    dueBy: amount,
  }),
  fc.record({ kind: kind("KeyDelivered"), ...parties, keyDigest: hash }),
  fc.record({ kind: kind("AccessAcknowledged"), ...parties, receipt: hash }),
  fc.record({ kind: kind("AccessDisputed"), request, study, by: member, reason: fc.nat(255) }),
  fc.record({ kind: kind("RequestExpired"), ...parties, penalised: fc.boolean() }),
  fc.record({ kind: kind("AccessReviewed"), request, study, accused: member, reviewer: account, justified: fc.boolean(), note: hash }),
  fc.record({ kind: kind("LogAnchored"), member, previousRoot: hash, root: hash, size: amount }),
  fc.record({
    kind: kind("CreditChanged"),
    subject: fc.oneof(member, account),
    cause: anyOf(["delivery", "missedDeadline", "misuse"]),
    counterparty: fc.option(member),
    delta: fc.integer({ min: -1000, max: 1000 }),
    score: fc.nat(1000),
  }),
  fc.record({ kind: kind("CreditTierChanged"), subject: fc.oneof(member, account), tier: anyOf(["bronze", "silver", "gold"] as const) }),
  fc.record({ kind: kind("ConsortiumNotice"), contract: account, name: fc.string(), values: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/u), fc.string(), { noNullPrototype: true }) }),
  fc.record({ kind: kind("Unknown"), contract: account, topics: fc.array(hash, { maxLength: 4 }), data: hash.map(String) }),
);

/** Facts laid out on a chain: `gaps` empty blocks between blocks of one to five events, log indexes with holes. */
export function onChain(facts: readonly LedgerFact[], layout: readonly { readonly size: number; readonly gap: number }[]): LedgerBatch[] {
  const batches: LedgerBatch[] = [];
  let [number, taken] = [0, 0];
  for (let turn = 0; taken < facts.length; turn++) {
    const { size, gap } = layout[turn % layout.length] ?? { size: 1, gap: 1 };
    number += gap;
    const timestamp = 100 + number;
    const events = facts.slice(taken, taken + size).map((fact, place): LedgerEvent => ({ ...fact, block: number, timestamp, logIndex: place * 3, transaction: digest(repeated((number + place) % 256, 32)) }));
    taken += size;
    batches.push({ block: { number, hash: digest(repeated(number % 256, 32)), timestamp }, events });
  }
  return batches;
}

export const anyChain: fc.Arbitrary<LedgerBatch[]> = fc
  .record({ facts: fc.array(anyFact, { minLength: 1, maxLength: 80 }), layout: fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), gap: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 10 }) })
  .map(({ facts, layout }) => onChain(facts, layout));
