import { randomBytes } from "node:crypto";
import test from "ava";
import { type Abi, decodeFunctionData, keccak256, toHex } from "viem";
import { address, digest, memberId, requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import { abis, type ContractAddresses, contractNames } from "../../../node-agent/src/ledger/contracts.ts";
import { callOf } from "../../../node-agent/src/ledger/intents.ts";
import type { Intent } from "../../../node-agent/src/ports/ledger.ts";

const contracts = Object.fromEntries(contractNames.map((name, i) => [name, address(`0x${String(i + 1).repeat(40)}`)])) as ContractAddresses;
const word = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;
const [study, request, root, note] = [studyId(word()), requestId(word()), digest(word()), digest(word())];
const patient = address("0x52908400098527886e0f7030069857d2e4169ee7");
const terms = { study, grantee: memberId(2), purposes: ["TREAT", "HRESCH"], notBefore: 5, expiry: 6, creditAccount: patient, nonce: 7n } as const;
const revocation = { study, grantee: memberId(0), nonce: 8n };
const signature = "0x1234";
const content = { calls: [{ target: patient, value: "0", data: "0xabcd" }], description: "why" } as const;

/** Intent, and the function and arguments that an independent decoder must find in its calldata. */
const cases: [Intent, string, unknown[]][] = [
  [{ kind: "registerStudy", study, patient, root }, "register", [study, patient, root]],
  [{ kind: "supersedeStudy", study, expectedVersion: 3, root }, "supersede", [study, 3, root]],
  [{ kind: "withdrawStudy", study, reason: 9 }, "withdraw", [study, 9]],
  [{ kind: "grantConsent", consent: terms, signer: patient, signature }, "grantBySig", [{ studyId: study, grantee: 2, purposes: 0b101, notBefore: 5, expiry: 6, creditAccount: patient, nonce: 7n }, patient, signature]],
  [{ kind: "revokeConsent", revocation, signer: patient, signature }, "revokeBySig", [{ studyId: study, grantee: 0, nonce: 8n }, patient, signature]],
  [{ kind: "attestConsent", study, grantee: memberId(4), purposes: ["PATRQT"], notBefore: 1, expiry: 2 }, "attest", [study, 4, 0b10, 1, 2]],
  [{ kind: "withdrawAttestation", study, grantee: memberId(4) }, "withdrawAttestation", [study, 4]],
  [{ kind: "requestAccess", request, study, purpose: "ETREAT" }, "request", [request, study, 6]],
  [{ kind: "deliverKey", request, keyDigest: root }, "deliver", [request, root]],
  [{ kind: "acknowledgeAccess", request, receipt: root }, "acknowledge", [request, root]],
  [{ kind: "disputeAccess", request, reason: 2 }, "dispute", [request, 2]],
  [{ kind: "expireRequest", request }, "expire", [request]],
  [{ kind: "reviewEmergency", request, justified: true, note, reviewer: patient, signature }, "reviewBySig", [{ requestId: request, justified: true, note }, patient, signature]],
  [{ kind: "castVote", proposal: note, choice: "abstain", reason: "", voter: patient, signature }, "castVoteBySig", [BigInt(note), 2, patient, signature]],
  [{ kind: "castVote", proposal: note, choice: "against", reason: "too early", voter: patient, signature }, "castVoteWithReasonAndParamsBySig", [BigInt(note), 0, patient, "too early", "0x", signature]],
  [{ kind: "queueProposal", content }, "queue", [[patient], [0n], ["0xabcd"], keccak256(toHex("why"))]],
  [{ kind: "executeProposal", content }, "execute", [[patient], [0n], ["0xabcd"], keccak256(toHex("why"))]],
  [{ kind: "anchorLog", previousRoot: note, root, size: 12 }, "anchorLog", [note, root, 12n]],
];

const lower = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner)).toLowerCase());

for (const [intent, name, args] of cases) {
  test(`${intent.kind} is ${name}`, (t) => {
    const { to, data } = callOf(intent, contracts);
    const contract = contractNames.find((one) => contracts[one] === to);
    t.not(contract, undefined);
    const decoded = decodeFunctionData({ abi: abis[contract ?? "accessLedger"] as Abi, data });
    t.is(decoded.functionName, name);
    t.deepEqual(lower(decoded.args), lower(args));
  });
}
