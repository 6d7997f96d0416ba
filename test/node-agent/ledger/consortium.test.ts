import ava, { type TestFn } from "ava";
import { Fault, isFault } from "../../../node-agent/src/model/fault.ts";
import { digest, memberId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerEvent } from "../../../node-agent/src/model/ledger-events.ts";
import type { TypedData } from "../../../node-agent/src/model/typed-data.ts";
import type { LedgerReader } from "../../../node-agent/src/ports/ledger.ts";
import type { PrivateKeyAccount } from "viem/accounts";
import { addressOf, type Consortium, newAccount, newDigest, newRequest, newStudy, startConsortium } from "./consortium.ts";

const test = ava as TestFn<Consortium>;
test.before(async (t) => {
  t.context = await startConsortium();
});
test.after.always((t) => t.context.close());

const [one, two] = [memberId(1), memberId(2)];
const now = (): number => Math.floor(Date.now() / 1000);

async function everything(reader: LedgerReader, from: number): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const batch of reader.batches(from, AbortSignal.timeout(10_000))) events.push(...batch.events);
  return events;
}

/** Signs as a wallet does: an independent implementation of EIP-712 takes the document as it is. */
const signed = (account: PrivateKeyAccount, { types, primaryType, domain, message }: TypedData): Promise<`0x${string}`> => {
  const { EIP712Domain: _domain, ...rest } = types;
  return account.signTypedData({ domain, types: rest, primaryType, message } as Parameters<PrivateKeyAccount["signTypedData"]>[0]);
};

test("the chain is checked, members read back, and the founding events decode without a remainder", async (t) => {
  const { reader, deployedAtBlock } = t.context;
  await reader.verifyChain();
  const members = await reader.members();
  t.deepEqual(members.map(({ id, kind, status }) => [id, kind, status]), [
    [1, "hospital", "active"],
    [2, "hospital", "active"],
    [3, "observer", "active"],
  ]);
  t.deepEqual(members[0]?.operators, [t.context.a.operator]);
  t.is(members[1]?.profile.endpoint, "https://beta.example");
  t.is(await reader.member(memberId(9)), null);
  const events = await everything(reader, deployedAtBlock);
  const admitted = events.filter((event) => event.kind === "MemberAdmitted");
  t.deepEqual(admitted.map(({ member, profile, operators }) => [member, profile, operators]), members.map(({ id, profile, operators }) => [id, profile, operators]));
  t.deepEqual(events.filter((event) => event.kind === "Unknown"), []);
  t.true(events.some((event) => event.kind === "ConsortiumNotice" && event.name === "RoleGranted"));
});

test("a study's whole life: refused, consented, delivered, acknowledged, revoked, emergency, review", async (t) => {
  const { reader, a, b, reviewer } = t.context;
  const start = (await reader.head()).number + 1;
  const [study, patient, creditAccount] = [newStudy(), newAccount(), newAccount()];
  const root = newDigest();
  await a.submit("register", { kind: "registerStudy", study, patient: addressOf(patient), root });
  const view = await reader.study(study);
  t.like(view, { id: study, custodian: 1, patient: addressOf(patient), root, version: 1, status: "active" });

  const refused = newRequest();
  await b.submit("ask 1", { kind: "requestAccess", request: refused, study, purpose: "TREAT" });
  t.like(await reader.request(refused), { state: "denied", reason: "noConsent", requester: 2, custodian: 1, patient: addressOf(patient), purpose: "TREAT" });

  t.is(await reader.consent(study, two), null);
  const terms = { study, grantee: two, purposes: ["TREAT", "PATRQT"], notBefore: now() - 60, expiry: now() + 3600, creditAccount: addressOf(creditAccount), nonce: await reader.consentNonce(study, two) } as const;
  const document = reader.consentTypedData(terms);
  const signature = await signed(patient, document);
  t.true(await reader.verifySignature(document, addressOf(patient), signature));
  t.false(await reader.verifySignature(document, addressOf(creditAccount), signature));
  await b.submit("grant", { kind: "grantConsent", consent: terms, signer: addressOf(patient), signature });
  t.deepEqual(await reader.consent(study, two), {
    study,
    grantee: two,
    purposes: ["TREAT", "PATRQT"],
    notBefore: terms.notBefore,
    expiry: terms.expiry,
    class: "signed",
    creditAccount: addressOf(creditAccount),
  });
  t.is(await reader.consentNonce(study, two), terms.nonce + 1n);

  const replayed = await t.throwsAsync(a.submit("grant again", { kind: "grantConsent", consent: terms, signer: addressOf(patient), signature }));
  t.true(replayed instanceof Fault && isFault(replayed, "LEDGER_REVERTED") && replayed.details.error === "NonceUnexpected");

  const granted = newRequest();
  await b.submit("ask 2", { kind: "requestAccess", request: granted, study, purpose: "TREAT" });
  await a.submit("deliver", { kind: "deliverKey", request: granted, keyDigest: newDigest() });
  await b.submit("acknowledge", { kind: "acknowledgeAccess", request: granted, receipt: newDigest() });
  t.like(await reader.request(granted), { state: "acknowledged", reason: "none", emergency: false });
  const credit = await reader.credit(one);
  t.is(credit.counterparties, 1);
  t.is((await reader.credit(addressOf(creditAccount))).subject, addressOf(creditAccount));

  const revocation = { study, grantee: two, nonce: await reader.consentNonce(study, two) };
  await a.submit("revoke", { kind: "revokeConsent", revocation, signer: addressOf(patient), signature: await signed(patient, reader.revocationTypedData(revocation)) });
  t.is(await reader.consent(study, two), null);
  const late = newRequest();
  await b.submit("ask 3", { kind: "requestAccess", request: late, study, purpose: "TREAT" });
  t.like(await reader.request(late), { state: "denied", reason: "consentRevoked" });

  const emergency = newRequest();
  await b.submit("break the glass", { kind: "requestAccess", request: emergency, study, purpose: "ETREAT" });
  t.like(await reader.request(emergency), { state: "granted", emergency: true, review: "pending", accused: 2 });
  const before = await reader.credit(two);
  const review = { request: emergency, justified: false, note: newDigest() };
  const reviewed = await signed(reviewer, reader.reviewTypedData(review));
  await a.submit("review", { kind: "reviewEmergency", ...review, reviewer: addressOf(reviewer), signature: reviewed });
  t.like(await reader.request(emergency), { review: "notJustified" });
  t.true((await reader.credit(two)).score < before.score);

  await a.submit("attest", { kind: "attestConsent", study, grantee: two, purposes: ["TREAT"], notBefore: now() - 60, expiry: now() + 3600 });
  t.like(await reader.consent(study, two), { class: "attested" });
  await a.submit("end attestation", { kind: "withdrawAttestation", study, grantee: two });
  await a.submit("supersede", { kind: "supersedeStudy", study, expectedVersion: 1, root: newDigest() });
  await a.submit("anchor", { kind: "anchorLog", previousRoot: digest(`0x${"00".repeat(32)}`), root: newDigest(), size: 3 });
  await a.submit("withdraw", { kind: "withdrawStudy", study, reason: 4 });
  t.like(await reader.study(study), { status: "withdrawn", version: 2 });

  const events = (await everything(reader, start)).filter((event) => !("study" in event) || event.study === study);
  t.deepEqual(
    events.map((event) => event.kind).filter((kind) => kind !== "CreditTierChanged"),
    [
      "StudyRegistered", "AccessRequested", "ConsentGranted", "AccessRequested", "KeyDelivered", "AccessAcknowledged", "CreditChanged", "CreditChanged", "ConsentRevoked",
      "AccessRequested", "AccessRequested", "AccessReviewed", "CreditChanged", "ConsentGranted", "ConsentRevoked", "StudySuperseded", "LogAnchored", "StudyWithdrawn",
    ],
  );
  const [grant] = events.filter((event) => event.kind === "ConsentGranted");
  t.like(grant, { purposes: ["TREAT", "PATRQT"], class: "signed", relayer: 2, nonce: Number(terms.nonce), creditAccount: addressOf(creditAccount) });
  const asked = events.filter((event) => event.kind === "AccessRequested");
  t.deepEqual(asked.map(({ granted: yes, reason, emergency: flagged }) => [yes, reason, flagged]), [
    [false, "noConsent", false],
    [true, "none", false],
    [false, "consentRevoked", false],
    [true, "none", true],
  ]);
});

test("what two hospitals race for is mined once; the loser learns the contract's own error", async (t) => {
  const { a, b, reader } = t.context;
  const [study, root] = [newStudy(), newDigest()];
  const outcomes = await Promise.allSettled([a, b].map((writer, i) => writer.submit(`race ${study}`, { kind: "registerStudy", study, patient: addressOf(newAccount()), root: i === 0 ? root : newDigest() })));
  t.is(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  const [lost] = outcomes.filter((outcome) => outcome.status === "rejected");
  const reason: unknown = lost?.reason;
  t.true(reason instanceof Fault && isFault(reason, "LEDGER_REVERTED") && reason.details.error === "StudyExists");
  t.not(await reader.study(study), null);
});

test("small ranges give the same events as large ones, and wait does not outlast its second", async (t) => {
  const { reader, deployedAtBlock, a } = t.context;
  const all = await everything(reader, deployedAtBlock);
  const { createLedgerReader } = await import("../../../node-agent/src/ledger/reader.ts");
  const { createRpc } = await import("../../../node-agent/src/ledger/rpc.ts");
  const rpc = createRpc({ endpoint: t.context.chain.url, timeoutMs: 5000, retries: 0 });
  t.teardown(() => rpc.close());
  const small = createLedgerReader(rpc, { ...t.context.config, logsRange: 3 });
  const same = (await everything(small, deployedAtBlock)).slice(0, all.length);
  t.deepEqual(same, all);
  const head = await reader.head();
  const waiting = reader.waitForBlock(head.number, AbortSignal.timeout(5000));
  await a.submit("one more", { kind: "registerStudy", study: newStudy(), patient: addressOf(newAccount()), root: newDigest() });
  await waiting;
  t.true((await reader.head()).number > head.number);
  await reader.waitForBlock(1_000_000, AbortSignal.timeout(5000));
  const stop = new AbortController();
  const aborted = reader.waitForBlock(1_000_000, stop.signal);
  stop.abort();
  await t.throwsAsync(aborted);
  t.deepEqual(await everything(reader, 1_000_000), []);
});

test("another chain id, another genesis, no contract: each is named", async (t) => {
  const { createLedgerReader } = await import("../../../node-agent/src/ledger/reader.ts");
  const { createRpc } = await import("../../../node-agent/src/ledger/rpc.ts");
  const { config, chain } = t.context;
  const rpc = createRpc({ endpoint: chain.url, timeoutMs: 5000, retries: 0 });
  t.teardown(() => rpc.close());
  const check = async (change: Partial<typeof config>): Promise<unknown> => t.throwsAsync(createLedgerReader(rpc, { ...config, ...change }).verifyChain());
  t.true(isFault(await check({ chainId: 1 }), "LEDGER_WRONG_CHAIN"));
  t.true(isFault(await check({ genesisHash: newDigest() }), "LEDGER_WRONG_CHAIN"));
  t.true(isFault(await check({ contracts: { ...config.contracts, accessLedger: addressOf(newAccount()) } }), "LEDGER_NO_CONTRACT"));
});

test.serial("registrations that wait at once go together, each is there once; one that the contract refuses is told so alone", async (t) => {
  const { a, b, reader } = t.context;
  const studies = Array.from({ length: 40 }, () => ({ study: newStudy(), patient: addressOf(newAccount()), root: newDigest() }));
  const receipts = await Promise.all(studies.map((one) => a.submit(`together ${one.study}`, { kind: "registerStudy", ...one })));
  const transactions = new Set(receipts.map(({ transaction }) => transaction));
  t.true(transactions.size < 20, `${transactions.size} transactions for 40 studies`);
  for (const { study, root } of studies) t.like(await reader.study(study), { root, version: 1 });
  t.is(a.pending(), 0);
  const again = await Promise.all(studies.map((one) => a.submit(`together ${one.study}`, { kind: "registerStudy", ...one })));
  t.deepEqual(again, receipts, "the same keys, the same receipts");

  const taken = studies[0]?.study ?? newStudy();
  const fresh = Array.from({ length: 10 }, () => ({ study: newStudy(), patient: addressOf(newAccount()), root: newDigest() }));
  const wrong = { study: taken, patient: addressOf(newAccount()), root: newDigest() };
  const outcomes = await Promise.allSettled([...fresh, wrong].map((one, i) => b.submit(`mixed ${i}`, { kind: "registerStudy", ...one })));
  t.deepEqual(outcomes.map(({ status }) => status), [...fresh.map(() => "fulfilled"), "rejected"]);
  t.like((outcomes.at(-1) as PromiseRejectedResult).reason, { code: "LEDGER_REVERTED" });
  for (const { study, root } of fresh) t.is((await reader.study(study))?.root, root);
});
