import type { LedgerFact } from "../model/ledger-events.ts";
import { type ConsentClass, type CreditTier, denialReasons, type MemberKind, type MemberNode, type MemberProfile } from "../model/ledger-views.ts";
import { purposesOf } from "../model/purpose.ts";
import { type AbiRecord, type AbiValue, asAccount, asBytes32, asFlag, asList, asMember, asMemberOrNull, asNamed, asNumber, asPurpose, asRecord, asRequest, asStudy, asSubject, asText } from "./values.ts";

export const memberKinds: readonly MemberKind[] = ["hospital", "observer"];
export const consentClasses: readonly ConsentClass[] = ["signed", "attested"];
export const tiers: readonly CreditTier[] = ["bronze", "silver", "gold"];
const outcomes = ["granted", "denied"] as const;
const causes = ["none", "delivery", "missedDeadline", "misuse"] as const;

export function profileOf(value: AbiValue | undefined): MemberProfile {
  const { displayName, endpoint, openpgpSha256, spkiSha256 } = asRecord(value);
  return { displayName: asText(displayName), endpoint: asText(endpoint), openpgpSha256: asBytes32(openpgpSha256), spkiSha256: asBytes32(spkiSha256) };
}

export function nodeOf(value: AbiValue): MemberNode {
  const { enodeKey, host, port, validator, ipfsPeerId, clusterPeerId } = asRecord(value);
  return {
    enodeKey: asText(enodeKey) as `0x${string}`,
    host: asText(host),
    port: asNumber(port),
    validator: asFlag(validator),
    ipfsPeerId: asText(ipfsPeerId),
    clusterPeerId: asText(clusterPeerId),
  };
}

/** Which facts are read from which events, by event name; every other event of ours becomes a ConsortiumNotice. */
export const factOf: Readonly<Record<string, (v: AbiRecord) => LedgerFact>> = {
  MemberAdmitted: ({ id, kind, governor, operators, profile }) => ({
    kind: "MemberAdmitted",
    member: asMember(id),
    memberKind: asNamed(memberKinds, kind, 1),
    governor: asAccount(governor),
    operators: asList(operators).map(asAccount),
    profile: profileOf(profile),
  }),
  MemberSuspended: ({ id }) => ({ kind: "MemberStatusChanged", member: asMember(id), status: "suspended" }),
  MemberReinstated: ({ id }) => ({ kind: "MemberStatusChanged", member: asMember(id), status: "active" }),
  MemberExpelled: ({ id }) => ({ kind: "MemberStatusChanged", member: asMember(id), status: "expelled" }),
  GovernorReplaced: ({ id, governor }) => ({ kind: "GovernorReplaced", member: asMember(id), governor: asAccount(governor) }),
  ProfileChanged: ({ id, profile }) => ({ kind: "MemberProfileChanged", member: asMember(id), profile: profileOf(profile) }),
  NodesChanged: ({ id, nodes }) => ({ kind: "MemberNodesChanged", member: asMember(id), nodes: asList(nodes).map(nodeOf) }),
  OperatorAdded: ({ id, operator }) => ({ kind: "OperatorAdded", member: asMember(id), operator: asAccount(operator) }),
  OperatorRemoved: ({ id, operator }) => ({ kind: "OperatorRemoved", member: asMember(id), operator: asAccount(operator) }),
  StudyRegistered: ({ studyId, custodian, patient, root }) => ({
    kind: "StudyRegistered",
    study: asStudy(studyId),
    custodian: asMember(custodian),
    patient: asAccount(patient),
    root: asBytes32(root),
  }),
  StudySuperseded: ({ studyId, custodian, patient, root, version }) => ({
    kind: "StudySuperseded",
    study: asStudy(studyId),
    custodian: asMember(custodian),
    patient: asAccount(patient),
    root: asBytes32(root),
    version: asNumber(version),
  }),
  StudyWithdrawn: ({ studyId, custodian, patient, reason }) => ({
    kind: "StudyWithdrawn",
    study: asStudy(studyId),
    custodian: asMember(custodian),
    patient: asAccount(patient),
    reason: asNumber(reason),
  }),
  ConsentGranted: ({ studyId, grantee, patient, purposes, notBefore, expiry, class: given, creditAccount, nonce, relayer }) => ({
    kind: "ConsentGranted",
    study: asStudy(studyId),
    grantee: asMember(grantee),
    patient: asAccount(patient),
    purposes: purposesOf(asNumber(purposes)),
    notBefore: asNumber(notBefore),
    expiry: asNumber(expiry),
    class: asNamed(consentClasses, given, 1),
    creditAccount: asAccount(creditAccount),
    nonce: asNumber(nonce),
    relayer: asMember(relayer),
  }),
  ConsentRevoked: ({ studyId, grantee, patient, class: given, byCustodian, nonce, relayer }) => ({
    kind: "ConsentRevoked",
    study: asStudy(studyId),
    grantee: asMember(grantee),
    patient: asAccount(patient),
    class: asNumber(given) === 0 ? null : asNamed(consentClasses, given, 1),
    byCustodian: asFlag(byCustodian),
    nonce: asNumber(nonce),
    relayer: asMember(relayer),
  }),
  AccessRequested: ({ requestId, studyId, requester, custodian, patient, purpose, outcome, reason, emergency, dueBy }) => ({
    kind: "AccessRequested",
    request: asRequest(requestId),
    study: asStudy(studyId),
    requester: asMember(requester),
    custodian: asMember(custodian),
    patient: asAccount(patient),
    purpose: asPurpose(purpose),
    granted: asNamed(outcomes, outcome, 1) === "granted",
    reason: asNamed(denialReasons, reason),
    emergency: asFlag(emergency),
    dueBy: asNumber(dueBy),
  }),
  AccessDelivered: ({ keyDigest, ...v }) => ({ kind: "KeyDelivered", ...parties(v), keyDigest: asBytes32(keyDigest) }),
  AccessAcknowledged: ({ receipt, ...v }) => ({ kind: "AccessAcknowledged", ...parties(v), receipt: asBytes32(receipt) }),
  AccessDisputed: ({ requestId, studyId, by, reason }) => ({ kind: "AccessDisputed", request: asRequest(requestId), study: asStudy(studyId), by: asMember(by), reason: asNumber(reason) }),
  AccessExpired: ({ penalised, ...v }) => ({ kind: "RequestExpired", ...parties(v), penalised: asFlag(penalised) }),
  AccessReviewed: ({ requestId, studyId, accused, reviewer, justified, note }) => ({
    kind: "AccessReviewed",
    request: asRequest(requestId),
    study: asStudy(studyId),
    accused: asMember(accused),
    reviewer: asAccount(reviewer),
    justified: asFlag(justified),
    note: asBytes32(note),
  }),
  LogAnchored: ({ member, prevRoot, root, size }) => ({ kind: "LogAnchored", member: asMember(member), previousRoot: asBytes32(prevRoot), root: asBytes32(root), size: asNumber(size) }),
  CreditChanged: ({ subject, cause, counterparty, delta, score }) => ({
    kind: "CreditChanged",
    subject: asSubject(subject),
    cause: asNamed(causes, cause),
    counterparty: otherMember(counterparty),
    delta: asNumber(delta),
    score: asNumber(score),
  }),
  TierChanged: ({ subject, tier }) => ({ kind: "CreditTierChanged", subject: asSubject(subject), tier: asNamed(tiers, tier) }),
};

function parties({ requestId, studyId, requester, custodian }: AbiRecord) {
  return { request: asRequest(requestId), study: asStudy(studyId), requester: asMember(requester), custodian: asMember(custodian) };
}

function otherMember(value: AbiValue | undefined) {
  const of = asSubject(value);
  return typeof of === "number" ? asMemberOrNull(BigInt(of)) : null;
}
