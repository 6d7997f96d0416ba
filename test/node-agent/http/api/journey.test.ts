import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { hospitalXpub, signerFor } from "../../../../node-agent/src/wallet/account.ts";
import { newPhrase } from "../../../../node-agent/src/wallet/phrase.ts";
import { signTypedData } from "../../../../node-agent/src/wallet/sign.ts";
import { placesOf } from "../../../../node-agent/src/ledger/contracts.ts";
import { createProofDecoder } from "../../../../node-agent/src/ledger/proof-decoder.ts";
import type { LedgerEvent } from "../../../../node-agent/src/model/ledger-events.ts";
import { ProofVerifier } from "../../../../node-agent/src/proof/verifier.ts";
import { memberId } from "../../../../node-agent/src/model/ids.ts";
import type { TypedData } from "../../../../node-agent/src/model/typed-data.ts";
import { type Consortium, startConsortium } from "../../ledger/consortium.ts";
import { type Answer, type Ask, call } from "../support/api.ts";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { openObserver } from "../support/observer-agent.ts";
import { identifiersOf, patientId, phantom, storeFiles } from "../support/upload.ts";
import type { ApiKey } from "../../../../node-agent/src/http/api/parts.ts";

/** The JSON API over the real contracts on the embedded chain: two hospitals and a regulator. */
let consortium: Consortium;
let a: Hospital;
let b: Hospital;
let observer: Awaited<ReturnType<typeof openObserver>>;
const phrase = newPhrase();
const state = { study: "", uid: "" };

test.before(async () => {
  consortium = await startConsortium();
  const { reader, proofs, deployedAtBlock } = consortium;
  a = await openHospital({ ledger: { reader, proofs, writer: consortium.a, deployedAtBlock } });
  b = await openHospital({ ledger: { reader, proofs, writer: consortium.b, deployedAtBlock }, member: 2 });
  observer = await openObserver({ reader, proofs, deployedAtBlock });
});
test.after.always(async () => {
  await observer.close();
  await b.close();
  await a.close();
  await consortium.close();
});

type Prepared = { readonly terms: Record<string, unknown>; readonly typedData: TypedData; readonly signer: string; readonly addressIndex: number };
const code = (answer: Answer) => answer.json["code"];
const sign = (prepared: Prepared, words = phrase) => signTypedData(prepared.typedData, signerFor(words, memberId(1), prepared.addressIndex).privateKey);
const inOneHour = () => Math.floor(Date.now() / 1000) + 3600;

async function until(t: ExecutionContext, what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (await holds()) return;
    await sleep(25);
  }
  t.fail(what);
}
/** The other agents read a block a moment after the one that wrote it. */
async function allCaughtUp(t: ExecutionContext): Promise<void> {
  const { number } = await consortium.reader.head();
  await until(t, "indexes at the head", async () => [a.context, b.context, observer.context].every((one) => (one.ledgerIndex.cursor()?.number ?? 0) >= number));
}


test.serial("a patient is enrolled, a study arrives, is sealed and registered", async (t) => {
  const xpub = hospitalXpub(phrase, memberId(1));
  const enrolled = await call(t, a, "POST /api/patients", { body: { patientId, xpub } });
  t.is(enrolled.status, 201);
  t.is((await call(t, a, "POST /api/patients", { body: { patientId, xpub } })).status, 201, "again is harmless");
  t.is(code(await call(t, a, "POST /api/patients", { body: { patientId, xpub: hospitalXpub(newPhrase(), memberId(1)) } })), "PATIENT_ENROLLED");
  t.is(code(await call(t, a, "POST /api/patients", { body: { patientId, xpub: "x".repeat(111) } })), "WALLET_BAD_ACCOUNT");
  const files = phantom("api", 3);
  state.uid = identifiersOf(files[0] ?? Buffer.alloc(0)).study;
  t.is((await storeFiles(a, files)).status, 200);
  const here = await call(t, a, "GET /api/studies/:study", { params: { study: state.uid } });
  state.study = String(here.json["study"]);
  t.is(here.json["state"], "receiving");
  t.is((await call(t, a, "POST /api/studies/:study/seal", { params: { study: state.uid } })).status, 202);
  await until(t, "registered", async () => (await call(t, a, "GET /api/studies/:study", { params: { study: state.study } })).json["state"] === "registered");
  await allCaughtUp(t);
});

test.serial("lists show names to clinicians and the patient, to auditors none, to strangers nothing", async (t) => {
  const listed = async (who: string) => (await call(t, a, "GET /api/studies", { who })).json["studies"] as Record<string, unknown>[];
  t.is((await listed("clinician"))[0]?.["patientId"], patientId);
  t.is((await listed("patient")).length, 1);
  t.is((await listed("other.patient")).length, 0);
  const [blind] = await listed("auditor");
  t.is(blind?.["uid"], null);
  t.is(blind?.["patientName"], null);
  t.is(blind?.["study"], state.study);
  t.is(code(await call(t, a, "GET /api/studies/:study", { who: "other.patient", params: { study: state.study } })), "HTTP_FOREIGN_PATIENT");
  t.is((await call(t, a, "GET /api/studies", { who: "admin" })).status, 403);
});

test.serial("B is denied for lack of consent, and the refusal is in everybody's history", async (t) => {
  const asked = await call(t, b, "POST /api/requests", { body: { study: state.study, purpose: "TREAT" } });
  t.is(asked.status, 201);
  t.is(asked.json["state"], "denied");
  t.is(asked.json["reason"], "noConsent");
  await allCaughtUp(t);
  for (const [door, who] of [[a, "clinician"], [a, "patient"], [b, "auditor"], [observer, "auditor"]] as const) {
    const page = await call(t, door, "GET /api/history", { who, query: { study: state.study, kinds: "AccessRequested" } });
    const [event] = page.json["events"] as Record<string, unknown>[];
    t.is(event?.["request"], asked.json["id"]);
    t.is(event?.["granted"], false);
  }
});

test.serial("the patient consents: prepared, signed in the wallet, relayed; a repeat, a forgery and a stale window are refused", async (t) => {
  const prepared = await call(t, a, "POST /api/consents/prepare", { who: "patient", body: { study: state.study, grantee: 2, purposes: ["TREAT"], expiry: inOneHour() } });
  const document = prepared.json as unknown as Prepared;
  t.is(document.addressIndex, 0);
  t.is(document.signer, signerFor(phrase, memberId(1), 0).address);
  const forged = await call(t, a, "POST /api/consents", { who: "patient", body: { terms: document.terms, signature: sign(document, newPhrase()) } });
  t.is(code(forged), "CONSENT_SIGNATURE_INVALID");
  const body = { terms: document.terms, signature: sign(document) };
  const relayed = await call(t, b, "POST /api/consents", { body });
  t.is(relayed.status, 201, "any member relays");
  await allCaughtUp(t);
  t.is(code(await call(t, a, "POST /api/consents", { who: "patient", body })), "CONSENT_STALE_NONCE");
  const consents = (await call(t, a, "GET /api/consents", { who: "patient", query: { study: state.study } })).json["consents"] as Record<string, unknown>[];
  t.is(consents.length, 1);
  t.is(consents[0]?.["grantee"], 2);
  const past = { study: state.study, grantee: 2, purposes: ["TREAT"], notBefore: 1, expiry: 2 };
  t.is(code(await call(t, a, "POST /api/consents/prepare", { who: "patient", body: past })), "CONSENT_EXPIRED_TERMS");
  t.is(code(await call(t, a, "POST /api/consents/prepare", { who: "patient", body: { ...past, purposes: [] } })), "HTTP_BAD_REQUEST");
  const foreign = { study: state.study, grantee: 2, purposes: ["TREAT"], expiry: inOneHour() };
  t.is(code(await call(t, a, "POST /api/consents/prepare", { who: "other.patient", body: foreign })), "HTTP_FOREIGN_PATIENT");
});

test.serial("B asks again and is granted; the same request id twice is one request", async (t) => {
  const offered = await call(t, b, "GET /api/studies", { query: { scope: "offered" } });
  t.is((offered.json["studies"] as Record<string, unknown>[])[0]?.["study"], state.study);
  const id = `0x${"5e".repeat(32)}`;
  for (let round = 0; round < 2; round++) {
    const asked = await call(t, b, "POST /api/requests", { body: { study: state.study, purpose: "TREAT", request: id } });
    t.is(asked.status, 201);
    t.is(asked.json["id"], id);
    t.not(asked.json["state"], "denied");
  }
  const shown = await call(t, b, "GET /api/requests/:request", { params: { request: id } });
  t.is(shown.json["requester"], 2);
  const listed = await call(t, a, "GET /api/requests", { query: { direction: "received", study: state.study } });
  t.is((listed.json["requests"] as unknown[]).length, 2);
  t.is(((await call(t, a, "GET /api/requests", { who: "patient" })).json["requests"] as unknown[]).length, 2);
  t.is(((await call(t, a, "GET /api/requests", { who: "other.patient" })).json["requests"] as unknown[]).length, 0);
  t.is(code(await call(t, a, "GET /api/requests/:request", { who: "other.patient", params: { request: id } })), "HTTP_FOREIGN_PATIENT");
});

test.serial("a consent on paper needs two people", async (t) => {
  const terms = { study: state.study, grantee: 2, purposes: ["HOPERAT"], expiry: inOneHour() };
  const proposed = await call(t, a, "POST /api/attestations", { body: { ...terms, grantee: 0 } });
  t.is(proposed.status, 201);
  const params = { attestation: String(proposed.json["proposal"]) };
  t.is(((await call(t, a, "GET /api/attestations")).json["attestations"] as unknown[]).length, 1);
  t.is(code(await call(t, a, "POST /api/attestations/:attestation/approve", { params })), "ATTESTATION_SAME_PERSON");
  t.is((await call(t, a, "POST /api/attestations/:attestation/approve", { who: "second", params })).status, 200);
  t.is(code(await call(t, a, "POST /api/attestations/:attestation/approve", { who: "second", params })), "ATTESTATION_UNKNOWN");
  const rejected = await call(t, a, "POST /api/attestations", { body: terms });
  t.is((await call(t, a, "DELETE /api/attestations/:attestation", { params: { attestation: String(rejected.json["proposal"]) } })).status, 204);
  t.is((await call(t, a, "POST /api/attestations/withdraw", { body: { study: state.study, grantee: 0 } })).status, 200);
});

test.serial("the patient revokes, and the next request is denied", async (t) => {
  const prepared = (await call(t, a, "POST /api/revocations/prepare", { who: "patient", body: { study: state.study, grantee: 2 } })).json as unknown as Prepared;
  const revoked = await call(t, a, "POST /api/revocations", { who: "patient", body: { terms: prepared.terms, signature: sign(prepared) } });
  t.is(revoked.status, 201);
  await allCaughtUp(t);
  t.is((await call(t, b, "POST /api/requests", { body: { study: state.study, purpose: "TREAT" } })).json["state"], "denied");
});

test.serial("an emergency is granted, listed for review at the regulator's, reviewed by signature, and costs credit", async (t) => {
  const before = await call(t, a, "GET /api/credit/members/:member", { params: { member: "2" } });
  const asked = await call(t, b, "POST /api/requests", { body: { study: state.study, purpose: "ETREAT" } });
  t.is(asked.json["emergency"], true);
  await allCaughtUp(t);
  const pending = (await call(t, observer, "GET /api/reviews", { who: "auditor" })).json["requests"] as Record<string, unknown>[];
  t.is(pending[0]?.["id"], asked.json["id"]);
  const prepared = await call(t, observer, "POST /api/reviews/prepare", { who: "auditor", body: { request: asked.json["id"], justified: false, reasons: "no emergency was documented" } });
  t.is(prepared.status, 200);
  const { terms, typedData } = prepared.json as unknown as Prepared;
  const signature = await consortium.reviewer.signTypedData({ ...typedData, types: { ...typedData.types }, primaryType: typedData.primaryType, message: { ...typedData.message } } as never);
  const body = { terms, reviewer: consortium.reviewer.address, signature };
  t.is((await call(t, observer, "POST /api/reviews", { who: "auditor", body })).status, 405, "an observer writes nothing");
  t.is((await call(t, a, "POST /api/reviews", { body })).status, 403, "a clinician does not relay reviews");
  t.is((await call(t, a, "POST /api/reviews", { who: "auditor", body })).status, 201);
  t.is(code(await call(t, a, "POST /api/reviews", { who: "auditor", body })), "REVIEW_NOT_OPEN");
  const after = await call(t, a, "GET /api/credit/members/:member", { params: { member: "2" } });
  t.true(Number(after.json["score"]) < Number(before.json["score"]));
  await allCaughtUp(t);
});

test.serial("the regulator takes the history away with its proof; without consensus the hashes alone are what can be checked", async (t) => {
  const { text, headers } = await call(t, observer, "GET /api/history/proof", { who: "auditor", query: { studies: state.study } });
  t.regex(headers.get("content-type") ?? "", /^application\/x-ndjson/u);
  const events: LedgerEvent[] = [];
  const { chainId, genesisHash } = consortium.config;
  const contracts = Object.fromEntries(placesOf(consortium.config.contracts));
  const verifier = new ProofVerifier({ trust: { chainId, genesisHash, contracts }, decoderFor: createProofDecoder, onEvent: (event) => void events.push(event) });
  for (const line of text.trimEnd().split("\n")) verifier.line(line);
  const report = verifier.report();
  t.deepEqual(report.findings, []);
  t.is(report.verdict, "hashes-only");
  const page = await call(t, observer, "GET /api/history", { who: "auditor", query: { study: state.study, order: "oldest" } });
  t.deepEqual(events.filter((event) => "study" in event) as unknown[], page.json["events"]);
  t.is(events.filter(({ kind }) => kind === "MemberAdmitted").length, 3, "who the members are belongs to it");
  t.true(report.blocksRuledOut > 0, "blocks about others are left out, and proven to be");

  t.is(code(await call(t, observer, "GET /api/history/proof", { who: "auditor", query: { from: "7", to: "3" } })), "PROOF_RANGE");
  t.is(code(await call(t, observer, "GET /api/history/proof", { who: "auditor", query: { studies: "0x12" } })), "HTTP_BAD_REQUEST");
  t.is((await call(t, a, "GET /api/history/proof", { who: "patient" })).status, 403, "receipts of a block are others' too");
});

test.serial("the regulator lists the same history as the custodian, page by page and as CSV", async (t) => {
  const pages = async (door: { url: string; as: (name: string) => string }) => {
    const events: unknown[] = [];
    let before: string | null = null;
    do {
      const query: Record<string, string> = { study: state.study, limit: "3", ...(before === null ? {} : { before }) };
      const page: Answer = await call(t, door, "GET /api/history", { who: "auditor", query });
      events.push(...(page.json["events"] as unknown[]));
      before = page.json["next"] as string | null;
    } while (before !== null);
    return events;
  };
  const [ours, theirs] = [await pages(a), await pages(observer)];
  t.true(ours.length >= 8);
  t.deepEqual(ours, theirs);
  const csv = await call(t, observer, "GET /api/history", { who: "auditor", query: { study: state.study, format: "csv" } });
  t.regex(csv.headers.get("content-type") ?? "", /^text\/csv/u);
  t.is(csv.text.trim().split("\r\n").length, ours.length + 1);
  const own = await call(t, a, "GET /api/history", { who: "patient" });
  t.true((own.json["events"] as unknown[]).length >= 8);
  t.deepEqual((await call(t, a, "GET /api/history", { who: "other.patient" })).json["events"], []);
  t.is(code(await call(t, a, "GET /api/history", { who: "other.patient", query: { study: state.study } })), "HTTP_FOREIGN_PATIENT");
  t.is(code(await call(t, a, "GET /api/history", { query: { kinds: "Nonsense" } })), "HTTP_BAD_REQUEST");
  t.is(code(await call(t, a, "GET /api/history", { query: { limit: "0" } })), "HTTP_BAD_REQUEST");
  t.is(code(await call(t, a, "GET /api/history", { query: { nonsense: "1" } })), "HTTP_BAD_REQUEST");
});

test.serial("members, credit, status", async (t) => {
  const members = (await call(t, observer, "GET /api/members", { who: "admin" })).json["members"] as Record<string, unknown>[];
  t.deepEqual(members.map((one) => [one["id"], one["kind"], one["self"]]), [[1, "hospital", false], [2, "hospital", false], [3, "observer", true]]);
  t.is((await call(t, a, "GET /api/members/:member", { params: { member: "2" } })).json["status"], "active");
  t.is(code(await call(t, a, "GET /api/members/:member", { params: { member: "99" } })), "HTTP_RECORD_UNKNOWN");
  t.is(code(await call(t, a, "GET /api/members/:member", { params: { member: "x" } })), "HTTP_BAD_REQUEST");
  const account = await call(t, a, "GET /api/credit/accounts/:account", { params: { account: `0x${"12".repeat(20)}` } });
  t.is(account.json["tier"], "bronze");
  const status = await call(t, a, "GET /api/status");
  t.like(status.json["ledger"] as object, { phase: "following" });
  t.is((status.json["recovery"] as { complete: boolean }).complete, true);
  t.is((await call(t, observer, "GET /api/status", { who: "auditor" })).json["recovery"], null);
});

test.serial("a study is withdrawn, and stays readable at home", async (t) => {
  t.is((await call(t, b, "POST /api/studies/:study/withdraw", { params: { study: state.study }, body: {} })).status, 403);
  t.is((await call(t, a, "POST /api/studies/:study/withdraw", { params: { study: state.study }, body: { reason: 3 } })).status, 200);
  t.is((await fetch(`${a.url}/dicom-web/studies/${state.uid}`, { headers: { authorization: a.as("clinician") } })).status, 200);
  t.is(code(await grantAfterWithdrawal(t)), "STUDY_WITHDRAWN");
});
const grantAfterWithdrawal = (t: ExecutionContext) =>
  call(t, a, "POST /api/consents/prepare", { who: "patient", body: { study: state.study, grantee: 2, purposes: ["TREAT"], expiry: inOneHour() } });

test.serial("an observer has no images, and no way to write", async (t) => {
  for (const path of ["/dicom-web/studies", "/dicom-web/instances"]) t.is((await fetch(`${observer.url}${path}`, { headers: { authorization: observer.as("clinician") } })).status, 404, path);
  const writes: readonly (readonly [ApiKey, Ask])[] = [
    ["POST /api/requests", { body: {} }],
    ["POST /api/consents", { body: {} }],
    ["POST /api/patients", { body: {} }],
  ];
  for (const [key, ask] of writes) t.true([404, 405].includes((await call(t, observer, key, ask)).status), key);
});
