import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { CID } from "multiformats/cid";
import { layerBlocks } from "../../../node-agent/src/blocks/ipfs/layered.ts";
import { parseCid, rawBlock } from "../../../node-agent/src/dag/block.ts";
import { blocksBelow } from "../../../node-agent/src/dag/walk.ts";
import { readCertificate } from "../../../node-agent/src/envelope/certificate.ts";
import { newSessionKey, wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { buildRoot, buildSeries } from "../../../node-agent/src/flows/build-root.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { dropHeld } from "../../../node-agent/src/flows/drop-held.ts";
import { fetchStudy } from "../../../node-agent/src/flows/fetch-study.ts";
import { heldBlocks } from "../../../node-agent/src/flows/get-block.ts";
import { keepReplica } from "../../../node-agent/src/flows/keep-replica.ts";
import { missingBlocks } from "../../../node-agent/src/flows/missing-blocks.ts";
import { recoverStudy } from "../../../node-agent/src/flows/recover-study.ts";
import { retrieveInstance } from "../../../node-agent/src/flows/retrieve-instance.ts";
import { recoveryReport } from "../../../node-agent/src/flows/recovery-report.ts";
import { contentIsWrong, verifyStudy } from "../../../node-agent/src/flows/verify-study.ts";
import { digest, memberId, type Uid } from "../../../node-agent/src/model/ids.ts";
import type { Leaf } from "../../../node-agent/src/ports/blocks.ts";
import type { Pinning } from "../../../node-agent/src/ports/pinning.ts";
import { addressAt, hospitalXpub } from "../../../node-agent/src/wallet/account.ts";
import { newPhrase } from "../../../node-agent/src/wallet/phrase.ts";
import { enrolPatient } from "../../../node-agent/src/flows/enrol-patient.ts";
import { Town } from "./support/room.ts";
import { grantedScene } from "./support/granted.ts";
import { collect, onlyStudy, patient, publish, slices, store } from "./support/studies.ts";

const [one, two] = [memberId(1), memberId(2)];
const noRoot = digest(`0x${"00".repeat(32)}`);

const instancesHere = (context: HospitalContext) => context.catalogue.studies({ states: ["held"] }).flatMap((study) => context.catalogue.instances(study.study));

test("a granted study arrives whole, opens to the bytes that were sent, and goes when it must", async (t) => {
  const files = slices(4);
  const { holder, study, request, root, town } = await grantedScene(t, files);
  t.deepEqual(recoveryReport(holder).copies.missing, [study.study]);
  await fetchStudy(holder, request);
  t.is(holder.progress.get(study.study)?.phase, "done");
  const records = instancesHere(holder);
  t.is(records.length, 4);
  const bytes = await Promise.all(records.map(async (record) => await collect((await retrieveInstance(holder, record)).stream)));
  for (const file of files) t.true(bytes.some((one) => one.equals(file)));
  t.true(recoveryReport(holder).complete);

  await dropHeld(holder, study.study, "STUDY_CONSENT_REVOKED");
  t.is(holder.catalogue.study(study.study)?.droppedBecause, "STUDY_CONSENT_REVOKED");
  t.is(holder.catalogue.instances(study.study).length, 0);
  t.true((await missingBlocks(holder.blocks, root)).length > 0);
  t.deepEqual(await missingBlocks(town.at(1).blocks, root), []);
  const [record] = records;
  if (record !== undefined) await t.throwsAsync(retrieveInstance(holder, record), { name: "Fault" });
});

test("a dropped copy leaves neither its key nor what it says of the patient, not even in the journal", async (t) => {
  const { holder, study, request, town } = await grantedScene(t, slices(1));
  await fetchStudy(holder, request);
  const key = holder.catalogue.study(study.study)?.wrappedKey;
  if (key === null || key === undefined) return t.fail("no key");
  const written = async (): Promise<Buffer> =>
    Buffer.concat(await Promise.all(["journal.sqlite", "journal.sqlite-wal"].map((name) => readFile(join(town.rooms[1]?.folder ?? "", name)).catch(() => Buffer.alloc(0)))));
  t.true((await written()).includes(study.study), "the run is there");
  t.false((await written()).includes(Buffer.from(key).toString("base64")));
  await dropHeld(holder, study.study, "STUDY_CONSENT_REVOKED");
  t.deepEqual(holder.catalogue.study(study.study)?.attributes, {});
  t.is(holder.catalogue.studies({ keys: { patientId: patient.id } }).length, 0);
  t.deepEqual(holder.journal.unfinished(), []);
});

test("a read under way ends with the consent, and brings nothing back", async (t) => {
  const { holder, study, request, root } = await grantedScene(t, slices(1, 2048));
  await fetchStudy(holder, request);
  const [record] = instancesHere(holder);
  if (record === undefined) return t.fail("no record");
  const stream = (await retrieveInstance(holder, record)).stream[Symbol.asyncIterator]();
  t.false((await stream.next()).done);
  await dropHeld(holder, study.study, "STUDY_CONSENT_REVOKED");
  const rest = async (): Promise<void> => {
    while ((await stream.next()).done !== true);
  };
  await t.throwsAsync(rest(), { message: /revoked/u });
  t.false(await holder.blocks.has(root));
  t.is((await missingBlocks(holder.blocks, parseCid(record.object))).length, 1, "not even its first block is here");
});

test("a copy that is also a replica loses its key but not the blocks kept for the custodian", async (t) => {
  const { holder, study, request, root } = await grantedScene(t, slices(2));
  await keepReplica(holder, { owner: one, study: study.study, root: study.root ?? noRoot });
  await fetchStudy(holder, request);
  await dropHeld(holder, study.study, "STUDY_CONSENT_REVOKED");
  t.deepEqual(await missingBlocks(holder.blocks, root), []);
  t.is(holder.catalogue.study(study.study)?.wrappedKey, null);
});

test("of a study that our own Kubo keeps nothing is fetched but what Kubo has lost", async (t) => {
  const files = slices(80);
  const { holder, study, request, root, custodian } = await grantedScene(t, files);
  const kubo = new Map<string, Uint8Array>();
  const lost = new Set([custodian.catalogue.instances(study.study)[40]?.object ?? ""]);
  for await (const { cid, bytes } of blocksBelow(root, (one) => custodian.blocks.get(one))) if (!lost.has(cid.toString())) kubo.set(cid.toString(), bytes);
  const pinning = {
    holds: async (cid: CID) => cid.equals(root),
    leaves: async (leaves: readonly Leaf[]) => leaves.map(({ cid }) => kubo.get(cid.toString()) ?? null),
    block: async (cid: CID) => kubo.get(cid.toString()) ?? null,
    has: async (cid: CID) => kubo.has(cid.toString()),
  } as unknown as Pinning;
  const fetched: string[] = [];
  const context: HospitalContext = {
    ...holder,
    blocks: layerBlocks(holder.blocks, pinning, holder.signal, holder.log),
    peers: {
      ...holder.peers,
      async *blocks(member, cids, access, signal) {
        for await (const block of holder.peers.blocks(member, cids, access, signal)) {
          fetched.push(block.cid.toString());
          yield block;
        }
      },
    },
  };
  await fetchStudy(context, request);
  t.deepEqual(fetched, [...lost]);
  t.true(await holder.blocks.has(parseCid(fetched[0] ?? "")), "what Kubo has not is in the folder");
  const records = instancesHere(context);
  const get = heldBlocks(context, study.study, records);
  for (const record of records) {
    const bytes = await collect((await retrieveInstance(context, record, { get })).stream);
    t.true(files.some((file) => file.equals(bytes)));
  }
  t.is(records.length, files.length);
});

test("a stream that breaks off is taken up again, from another holder when the custodian is silent", async (t) => {
  const { town, holder, study, request, custodian } = await grantedScene(t, slices(6));
  await keepReplica(town.at(3), { owner: one, study: study.study, root: study.root ?? noRoot });
  const real = holder.peers;
  let given = 0;
  const breaking: HospitalContext = {
    ...holder,
    peers: {
      ...real,
      async *blocks(member, cids, access, signal) {
        for await (const block of real.blocks(member, cids, access, signal)) {
          if (given++ === 3) {
            town.silent.add(1);
            throw new Error("the line went dead");
          }
          yield block;
        }
      },
    },
  };
  await fetchStudy(breaking, request);
  t.is(instancesHere(holder).length, 6);
  t.true(town.silent.has(1));
  t.is(custodian.catalogue.instances(study.study).length, 6);
});

test("a disk that answers slowly how much is free loses nothing: what has come is not asked for again", async (t) => {
  const { holder, request } = await grantedScene(t, slices(36, 512));
  let asked = 0;
  const slow: HospitalContext = {
    ...holder,
    blocks: { ...holder.blocks, freeBytes: () => sleep(150).then(() => holder.blocks.freeBytes()) },
    peers: {
      ...holder.peers,
      blocks(member, cids, access, signal) {
        if (member === one) asked += cids.length;
        return holder.peers.blocks(member, cids, access, signal);
      },
    },
  };
  await fetchStudy(slow, request);
  t.is(instancesHere(holder).length, 36);
  t.true(asked <= 36 + 8, `${asked} blocks were asked for`);
});

test("blocks that do not belong below the root are not kept", async (t) => {
  const { holder, request } = await grantedScene(t, slices(2));
  const foreign = rawBlock(Buffer.alloc(100_000, 7));
  const real = holder.peers;
  const generous: HospitalContext = {
    ...holder,
    peers: {
      ...real,
      async *blocks(member, cids, access, signal) {
        yield foreign;
        yield* real.blocks(member, cids, access, signal);
      },
    },
  };
  await fetchStudy(generous, request);
  t.false(await holder.blocks.has(foreign.cid));
  t.is(instancesHere(holder).length, 2);
});

test("nothing partial is shown: blocks that nobody has leave the study unseen, and it arrives once they are back", async (t) => {
  const { town, holder, custodian, study, request } = await grantedScene(t, slices(3));
  const [record] = custodian.catalogue.instances(study.study);
  if (record === undefined) return t.fail("no record");
  const lost = parseCid(record.object);
  const bytes = await custodian.blocks.get(lost);
  await custodian.blocks.deleteMany([lost]);
  await t.throwsAsync(fetchStudy(holder, request), { message: /1 blocks of study/u });
  t.is(instancesHere(holder).length, 0);
  t.is(holder.progress.get(study.study)?.error, "STUDY_BLOCKS_MISSING");
  if (bytes !== null) await custodian.blocks.putMany([{ cid: lost, bytes }]);
  town.silent.clear();
  await fetchStudy(holder, request);
  t.is(instancesHere(holder).length, 3);
});

test("a key that is not the one on chain, or opens nothing, is refused", async (t) => {
  const { holder, request, custodian, study } = await grantedScene(t, slices(1), "another");
  await t.throwsAsync(fetchStudy(holder, request), { message: /does not authenticate/u });
  t.is(instancesHere(holder).length, 0);
  const exchanged = await wrapSessionKey(newSessionKey(), await readCertificate(holder.keyring.identity.certificate.binary));
  custodian.catalogue.putRelease({ request, study: study.study, requester: two, wrappedKey: exchanged });
  await t.throwsAsync(fetchStudy(holder, request), { message: /is not the one on chain/u });
});

test("an instance of another study is not what the manifest promises", async (t) => {
  const { custodian, study } = await grantedScene(t, slices(2));
  const instances = custodian.catalogue.instances(study.study);
  const misnamed = { ...study, uid: "1.2.826.0.1.3680043.8.498.99" as Uid };
  const root = await buildRoot(custodian, misnamed, 1, instances, await buildSeries(custodian, misnamed, instances));
  const sessionKey = await custodian.sessionKeys.of(study);
  const error = await t.throwsAsync(verifyStudy({ study: study.study, root, sessionKey, get: (cid) => custodian.blocks.get(cid), work: custodian.work }));
  t.true(contentIsWrong(error), "to be disputed");
});

test("series metadata of other instances than its own is refused", async (t) => {
  const { custodian, study } = await grantedScene(t, slices(2));
  const instances = custodian.catalogue.instances(study.study);
  const [first] = instances;
  if (first === undefined) return t.fail("no instance");
  const doubled = await buildSeries(custodian, study, [first, first]);
  const root = await buildRoot(custodian, study, 1, instances, doubled);
  const sessionKey = await custodian.sessionKeys.of(study);
  await t.throwsAsync(verifyStudy({ study: study.study, root, sessionKey, get: (cid) => custodian.blocks.get(cid), work: custodian.work }), { message: /another instance/u });
});

test("a custodian that lost everything but its keyring has its studies, patients and addresses back", async (t) => {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(3);
  const before = town.at(1);
  const xpub = hospitalXpub(newPhrase(), one);
  enrolPatient(before, { patientId: patient.id, issuer: "", xpub });
  const files = slices(3);
  await store(before, files);
  const study = await publish(town, before, onlyStudy(before).study);
  t.is(study.patient, addressAt(xpub, 0));
  await keepReplica(town.at(2), { owner: one, study: study.study, root: study.root ?? noRoot });

  const empty = new Town();
  t.teardown(() => empty.close());
  await empty.open(1);
  const blank = empty.at(1);
  const after: HospitalContext = { ...blank, keyring: before.keyring, ledgerIndex: before.ledgerIndex, sessionKeys: before.sessionKeys, peers: before.peers, watch: before.watch };
  t.deepEqual(recoveryReport(after).ownStudies.missing, [study.study]);
  await recoverStudy(after, study.study);
  t.true(recoveryReport(after).complete);
  const records = after.catalogue.instances(study.study);
  const bytes = await Promise.all(records.map(async (record) => await collect((await retrieveInstance(after, record)).stream)));
  for (const file of files) t.true(bytes.some((one) => one.equals(file)));
  t.deepEqual(after.catalogue.patientOf(addressAt(xpub, 0)), { patientId: patient.id, issuer: "", index: 0 });
  t.is(after.catalogue.patient(patient.id, "")?.nextIndex, 1);
  t.deepEqual(onlyStudy(after).attributes, before.catalogue.study(study.study)?.attributes);
});
