import test from "ava";
import fc from "fast-check";
import { reason } from "../support/access.ts";
import { reportCoverage } from "../support/chain.ts";
import { grant, revoke } from "../support/consents.ts";
import { day, mask, purpose, startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
type Answer = [reason: number, creditAccount: string, kind: number];
const check = (id: string, grantee: number, why: number, moment: number) => w.read<Answer>(w.consents, "check", [id, grantee, why, moment]);

test.serial("each reason in its place", async (t) => {
  const study = await w.register(1);
  const now = await w.now();
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now), [reason.NoConsent, zero, 0]);
  const account = w.signer().address;
  await grant(w, study, { grantee: 2, notBefore: now + day, expiry: now + 2 * day, creditAccount: account });
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + day - 1), [reason.ConsentNotYetValid, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + day), [reason.None, account, 1]);
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + 2 * day - 1), [reason.None, account, 1]);
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + 2 * day), [reason.ConsentExpired, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.HRESCH, now + day), [reason.PurposeNotCovered, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.ETREAT, now + day), [reason.PurposeNotCovered, zero, 1]);
  t.deepEqual(await check(study.id, 2, 255, now + day), [reason.PurposeNotCovered, zero, 1]);
  t.deepEqual(await check(study.id, 3, purpose.TREAT, now + day), [reason.NoConsent, zero, 0]);
});

test.serial("a grant to anyone serves every institution but one that was refused", async (t) => {
  const study = await w.register(1);
  const now = await w.now();
  await grant(w, study, { grantee: 0, purposes: mask(purpose.HRESCH) });
  t.deepEqual(await check(study.id, 2, purpose.HRESCH, now + 1), [reason.None, zero, 1]);
  t.deepEqual(await check(study.id, 0, purpose.HRESCH, now + 1), [reason.None, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + 1), [reason.PurposeNotCovered, zero, 1]);
  await grant(w, study, { grantee: 2, purposes: mask(purpose.TREAT) });
  t.deepEqual(await check(study.id, 2, purpose.HRESCH, now + 1), [reason.None, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.TREAT, now + 1), [reason.None, zero, 1]);
  t.deepEqual(await check(study.id, 2, purpose.HLEGAL, now + 1), [reason.PurposeNotCovered, zero, 1]);
  await revoke(w, study, 2);
  t.deepEqual(await check(study.id, 2, purpose.HRESCH, now + 1), [reason.ConsentRevoked, zero, 3]);
  t.deepEqual(await check(study.id, 3, purpose.HRESCH, now + 1), [reason.None, zero, 1]);
  await revoke(w, study, 0);
  t.deepEqual(await check(study.id, 3, purpose.HRESCH, now + 1), [reason.ConsentRevoked, zero, 3]);
});

test.serial("a consent stands exactly inside its window, for exactly its purposes", async (t) => {
  const property = fc.asyncProperty(
    fc.integer({ min: 0, max: 1000 }),
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 63 }),
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: -5, max: 2005 }),
    async (start, length, purposes, why, offset) => {
      const study = await w.register(1);
      const base = (await w.now()) + 100;
      await grant(w, study, { grantee: 2, purposes, notBefore: base + start, expiry: base + start + length });
      const [got] = await check(study.id, 2, why, base + offset);
      const inside = offset >= start && offset < start + length;
      const outside = offset < start ? reason.ConsentNotYetValid : reason.ConsentExpired;
      const inWindow = (purposes & (1 << why)) === 0 ? reason.PurposeNotCovered : reason.None;
      return got === (inside ? inWindow : outside);
    },
  );
  await fc.assert(property, { numRuns: 40 });
  t.pass();
});
