import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { revocationFor } from "../support/consents.ts";
import { fresh, startWorld } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
const made = await Promise.all([2, 3].map((grantee) => revocationFor(w, study, grantee)));
reportCoverage(test);
const messages = made.map(({ message }) => message);
const signatures = made.map(({ signature }) => signature);
const signers = made.map(() => study.patient.address);
const relay = (a: readonly unknown[], b: readonly unknown[], c: readonly unknown[], from = w.operator(1)) => w.send(from, w.consents, "revokeBatchBySig", [a, b, c]);

test.serial("refuses empty and uneven batches, strangers, and one bad signature", async (t) => {
  await refused(t, "BatchMalformed", relay([], [], []));
  await refused(t, "BatchMalformed", relay(messages, signers.slice(1), signatures));
  await refused(t, "BatchMalformed", relay(messages, signers, signatures.slice(1)));
  await refused(t, "CallerNotActiveHospital", relay(messages, signers, signatures, w.stranger));
  await refused(t, "SignatureInvalid", relay(messages, signers, signatures.toReversed()));
});

test.serial("a hundred at most", async (t) => {
  const many = (count: number) => relay(...[{ studyId: fresh(), grantee: 2, nonce: 0n }, study.patient.address, "0x00"].map((one) => Array.from({ length: count }, () => one)) as [unknown[], unknown[], unknown[]]);
  t.deepEqual(await refused(t, "BatchMalformed", many(101)), [101n, 101n, 100n]);
  // Looked at one by one, and the first is refused.
  await refused(t, "StudyNotOffered", many(100));
});

test.serial("revokes together, also while writes are paused", async (t) => {
  await w.pause(w.consents);
  const sent = await relay(messages, signers, signatures);
  t.deepEqual(sent.events.map(({ name, args }) => [name, args["grantee"]]), [["ConsentRevoked", 2], ["ConsentRevoked", 3]]);
});
