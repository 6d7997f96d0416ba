import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { consentFor, signConsent } from "../support/consents.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
const messages = await Promise.all([2, 3, 0].map((grantee) => consentFor(w, study, { grantee })));
const signatures = await Promise.all(messages.map((message) => signConsent(w, message, study.patient)));
reportCoverage(test);
const signers = messages.map(() => study.patient.address);
const relay = (a: readonly unknown[], b: readonly unknown[], c: readonly unknown[], from = w.operator(2)) => w.send(from, w.consents, "grantBatchBySig", [a, b, c]);

test.serial("one bad signature and none is granted", async (t) => {
  await refused(t, "SignatureInvalid", relay(messages, signers, [...signatures.slice(0, 2), signatures[0]]));
  t.is(await w.read(w.consents, "nonce", [study.id, 2]), 0n);
});

test.serial("all are granted together", async (t) => {
  const sent = await relay(messages, signers, signatures);
  t.deepEqual(sent.events.map(({ args }) => args["grantee"]), [2, 3, 0]);
});

test.serial("refuses empty, oversized and uneven batches, strangers and paused writes", async (t) => {
  const many = <T>(list: readonly T[]) => Array.from({ length: 101 }, () => list[0]);
  await refused(t, "BatchMalformed", relay([], [], []));
  await refused(t, "BatchMalformed", relay(many(messages), many(signers), many(signatures)));
  await refused(t, "BatchMalformed", relay(messages, signers.slice(1), signatures));
  await refused(t, "BatchMalformed", relay(messages, signers, signatures.slice(1)));
  await refused(t, "CallerNotActiveHospital", relay(messages, signers, signatures, w.stranger));
  await w.pause(w.consents);
  await refused(t, "WritesArePaused", relay(messages, signers, signatures));
});
