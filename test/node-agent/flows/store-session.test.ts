import { readFile } from "node:fs/promises";
import test from "ava";
import type { CID } from "multiformats/cid";
import { rawBlock } from "../../../node-agent/src/dag/block.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { openStoreSession, type StoreOutcome } from "../../../node-agent/src/flows/store-session.ts";
import { retrieveFrames } from "../../../node-agent/src/flows/retrieve-frames.ts";
import { retrieveInstance } from "../../../node-agent/src/flows/retrieve-instance.ts";
import { sweepBlocks } from "../../../node-agent/src/flows/sweep-blocks.ts";
import { enrolPatient } from "../../../node-agent/src/flows/enrol-patient.ts";
import { dropHeld } from "../../../node-agent/src/flows/drop-held.ts";
import { withdrawStudy } from "../../../node-agent/src/flows/withdraw-study.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { digest, memberId, studyId, type Uid } from "../../../node-agent/src/model/ids.ts";
import { addressAt, hospitalXpub } from "../../../node-agent/src/wallet/account.ts";
import { newPhrase } from "../../../node-agent/src/wallet/phrase.ts";
import { sampleFiles } from "../../../scripts/samples.ts";
import { Town } from "./support/room.ts";
import { collect, onlyStudy, patient, pieces, slices, store } from "./support/studies.ts";

const open = async (t: { teardown(fn: () => Promise<void>): void }, change = {}) => {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(1, change);
  return town.at(1);
};
const count = async (source: AsyncIterable<unknown>): Promise<number> => {
  let n = 0;
  for await (const _one of source) n++;
  return n;
};
const codes = (outcomes: readonly { outcome: string; fault?: { code: string } }[]) => outcomes.map((one) => one.fault?.code ?? one.outcome);
const changed = (file: Buffer): Buffer => {
  const copy = Buffer.from(file);
  copy[copy.length - 5] = (copy[copy.length - 5] ?? 0) ^ 1;
  return copy;
};

test("every byte comes back as it was sent, also of real files", async (t) => {
  const context = await open(t);
  const real = await Promise.all(sampleFiles().map(({ path }) => readFile(path)));
  // Seven of the published files are one image compressed in seven ways under one UID: each after the first is a conflict, as it must be.
  const first = new Map([...slices(3), ...real].reverse().map((file) => [readPart10(file).identifiers.sopInstance, file]));
  const files = [...first.values()];
  t.true(files.length >= 10);
  const outcomes = await store(context, files);
  for (const [at, file] of files.entries()) {
    t.is(outcomes[at]?.outcome, "stored", `file ${at}`);
    const record = context.catalogue.instanceByUid(readPart10(file).identifiers.sopInstance);
    if (record === null) return t.fail(`file ${at} is not in the catalogue`);
    const { size, stream } = await retrieveInstance(context, record);
    t.is(size, file.length);
    t.true((await collect(stream)).equals(file), `file ${at}`);
    const part = await retrieveInstance(context, record, { range: { start: 100, end: 500 } });
    t.true((await collect(part.stream)).equals(file.subarray(100, 500)));
  }
});

test("the same content again is present, other content under the same UID is refused and changes nothing", async (t) => {
  const context = await open(t);
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = slices(2);
  t.deepEqual(codes(await store(context, [one, two, one])), ["stored", "stored", "present"]);
  const blocks = await count(context.blocks.list());
  const again = await store(context, [one, changed(two)]);
  t.deepEqual(codes(again), ["present", "INSTANCE_CONFLICT"]);
  t.is(again[1]?.outcome === "failed" ? again[1].failureReason : 0, 45070);
  t.is(await count(context.blocks.list()), blocks);
  t.is(onlyStudy(context).instanceCount, 2);
});

test("a conflict between two uploads under way shows at the second commit, and leaves no block behind", async (t) => {
  const context = await open(t);
  const [file = Buffer.alloc(0)] = slices(1);
  const first = await openStoreSession(context, {});
  const second = await openStoreSession(context, {});
  const third = await openStoreSession(context, {});
  t.is((await first.add(pieces(file))).outcome, "stored");
  t.is((await second.add(pieces(changed(file)))).outcome, "stored");
  t.is((await third.add(pieces(file))).outcome, "stored");
  t.deepEqual(codes(await first.commit()), ["stored"]);
  t.deepEqual(codes(await second.commit()), ["INSTANCE_CONFLICT"]);
  t.deepEqual(codes(await third.commit()), ["present"]);
  t.is(await count(context.blocks.list()), 1);
});

test("an upload cut in the middle keeps the whole instances and nothing of the cut one", async (t) => {
  const context = await open(t);
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = slices(2);
  const session = await openStoreSession(context, {});
  await session.add(pieces(one));
  const cut = async function* () {
    yield* pieces(two.subarray(0, 1500));
    throw new Error("connection reset");
  };
  await t.throwsAsync(session.add(cut()), { message: "connection reset" });
  await session.abandon();
  t.is(await count(context.blocks.list()), 0);
  t.is(onlyStudy(context).instanceCount, 0);
});

test("an instance of another study than the address says is refused with reason 43265", async (t) => {
  const context = await open(t);
  const session = await openStoreSession(context, { study: "1.2.3.4" as Uid });
  const [file = Buffer.alloc(0)] = slices(1);
  const outcome = await session.add(pieces(file));
  t.is(outcome.outcome, "failed");
  t.is(outcome.outcome === "failed" ? outcome.failureReason : 0, 43265);
});

test("instances offered one behind another have the outcomes they would have one by one, and a broken thread loses none silently", async (t) => {
  const context = await open(t);
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = slices(2, 256);
  const session = await openStoreSession(context, {});
  const offered: Promise<StoreOutcome>[] = [];
  for (const file of [one, changed(one), two, one, Buffer.from("rubbish")]) offered.push((await session.offer(pieces(file))).outcome);
  const wanted = ["stored", "INSTANCE_CONFLICT", "stored", "present", "DICOM_NOT_PART10"];
  t.deepEqual(codes(await Promise.all(offered)), wanted);
  t.deepEqual(codes(await session.commit()), wanted);
  const lost: HospitalContext = { ...context, work: { ...context.work, read: async () => ({ verdict: Promise.reject(fault("OBJECT_WORK_LOST", {})) }) } };
  const [three = Buffer.alloc(0)] = slices(1, 256);
  const broken = await openStoreSession(lost, {});
  await t.throwsAsync(broken.add(pieces(three)), { code: "OBJECT_WORK_LOST" });
  await t.throwsAsync(broken.commit(), { code: "OBJECT_WORK_LOST" });
  await broken.abandon();
  t.is(context.catalogue.instances(onlyStudy(context).study).length, 2);
});

test("a block that lies damaged on the disk is not given out as an image", async (t) => {
  const context = await open(t);
  const [file = Buffer.alloc(0)] = slices(1, 256);
  await store(context, [file]);
  const [record] = context.catalogue.instances(onlyStudy(context).study);
  if (record === undefined) return t.fail("no record");
  const raw = async (cid: CID): Promise<Uint8Array<ArrayBuffer> | null> => {
    const bytes = (await context.blocks.raw?.(cid)) ?? null;
    if (bytes !== null) bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    return bytes;
  };
  const damaged: HospitalContext = { ...context, blocks: { ...context.blocks, raw } };
  t.true((await collect((await retrieveInstance(damaged, record)).stream)).equals(file), "read again and verified");
  const lost: HospitalContext = { ...context, blocks: { ...context.blocks, raw, get: async () => null } };
  await t.throwsAsync(collect((await retrieveInstance(lost, record)).stream), { code: "OBJECT_MISSING" });
});

test("what is no DICOM, is cut or too large fails by itself while its neighbours are stored", async (t) => {
  const context = await open(t, { maxInstanceBytes: 20_000 });
  const [good = Buffer.alloc(0)] = slices(1);
  const [large = Buffer.alloc(0)] = slices(1, 256);
  const outcomes = await store(context, [Buffer.from("not DICOM at all, only text"), good.subarray(0, good.length - 100), large, good]);
  t.deepEqual(codes(outcomes), ["DICOM_NOT_PART10", "DICOM_TRUNCATED", "INSTANCE_TOO_LARGE", "stored"]);
});

test("a large instance is sealed as it arrives and read by frame", async (t) => {
  const context = await open(t);
  const [file = Buffer.alloc(0)] = slices(1, 2400);
  t.true(file.length > 9 << 20);
  t.deepEqual(codes(await store(context, [file])), ["stored"]);
  const [record] = context.catalogue.instances(onlyStudy(context).study);
  if (record === undefined) return t.fail("no record");
  t.true((await collect((await retrieveInstance(context, record)).stream)).equals(file));
  const [frame] = await retrieveFrames(context, record, [1]);
  if (frame === undefined) return t.fail("no frame");
  t.is(frame.size, 2400 * 2400 * 2);
  t.true(file.includes((await collect(frame.stream)).subarray(0, 100_000)));
  t.deepEqual(codes(await store(context, [file, changed(file)])), ["present", "INSTANCE_CONFLICT"]);
});

test("sweeping takes what was never acknowledged and leaves what was", async (t) => {
  const context = await open(t);
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = slices(2);
  await store(context, [one]);
  const kept = await count(context.blocks.list());
  await context.blocks.putMany([rawBlock(two)]);
  t.is(await sweepBlocks(context), 1);
  t.is(await count(context.blocks.list()), kept);
  const [record] = context.catalogue.instances(onlyStudy(context).study);
  if (record === undefined) return t.fail("no record");
  t.true((await collect((await retrieveInstance(context, record)).stream)).equals(one));
});

test("study rows count as they grow, and no log line names the patient", async (t) => {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(1);
  const context = town.at(1);
  const files = slices(5);
  for (const file of files) await store(context, [file]);
  const study = onlyStudy(context);
  t.deepEqual(study.attributes["00201208"]?.Value, [5]);
  t.deepEqual(study.attributes["00201206"]?.Value, [1]);
  t.deepEqual(study.attributes["00080061"]?.Value, ["CT"]);
  const log = town.rooms[0]?.lines.join("") ?? "";
  t.true(log.includes("instances stored"));
  for (const secret of ["Quellenberg", "FID-0000-4711", study.uid]) t.false(log.includes(secret));
});

test("an upload that ends after its study was withdrawn does not bring the study back", async (t) => {
  const context = await open(t);
  const session = await openStoreSession(context, {});
  const [file] = slices(1);
  if (file === undefined) return t.fail("no file");
  await session.add(pieces(file));
  const { study } = onlyStudy(context);
  await withdrawStudy(context, { study, reason: 0 });
  t.deepEqual(codes(await session.commit()), ["STUDY_WITHDRAWN"]);
  t.like(onlyStudy(context), { state: "withdrawn", instanceCount: 0 });
  t.is(await count(context.blocks.list()), 0);
});

test("a study belongs to the patient of what is kept, not to the one a cut upload named", async (t) => {
  const context = await open(t);
  const [file] = slices(1);
  if (file === undefined) return t.fail("no file");
  const mistaken = Buffer.from(file);
  mistaken.write("FID-0000-0815", mistaken.indexOf(patient.id), "latin1");
  const xpubs = [patient.id, "FID-0000-0815"].map((patientId) => {
    const xpub = hospitalXpub(newPhrase(), memberId(1));
    enrolPatient(context, { patientId, issuer: "", xpub });
    return xpub;
  });
  const cut = await openStoreSession(context, {});
  await cut.add(pieces(mistaken));
  await cut.abandon();
  t.is(onlyStudy(context).patient, addressAt(xpubs[1] ?? "", 0));
  await store(context, [file]);
  t.is(onlyStudy(context).patient, addressAt(xpubs[0] ?? "", 0));
});

test("an address that the chain has already is not given out again, even when the counter was lost", async (t) => {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(1);
  const context = town.at(1);
  const xpub = hospitalXpub(newPhrase(), memberId(1));
  enrolPatient(context, { patientId: patient.id, issuer: "", xpub });
  const earlier = [0, 1].map((index) => ({ kind: "StudyRegistered", study: studyId(`0x${String(index).repeat(64)}`), custodian: memberId(1), patient: addressAt(xpub, index), root: digest(`0x${"05".repeat(32)}`) }) as const);
  town.tell(earlier);
  await store(context, slices(1));
  t.is(onlyStudy(context).patient, addressAt(xpub, 2));
});

test("a dropped copy does not keep the same study from being stored here first-hand", async (t) => {
  const context = await open(t);
  const [file] = slices(1);
  if (file === undefined) return t.fail("no file");
  await store(context, [file]);
  const own = onlyStudy(context);
  context.catalogue.updateStudy(own.study, { role: "holder", state: "held", custodian: memberId(2) });
  t.deepEqual(codes(await store(context, [file])), ["STUDY_FOREIGN"]);
  await dropHeld(context, own.study, "STUDY_CONSENT_REVOKED");
  t.deepEqual(codes(await store(context, [file])), ["stored"]);
  t.like(onlyStudy(context), { role: "custodian", state: "receiving", instanceCount: 1 });
  t.not(onlyStudy(context).study, own.study);
});
