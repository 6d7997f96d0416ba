import { createHash } from "node:crypto";
import test from "ava";
import type { Manifest } from "../../../../node-agent/src/flows/manifest.ts";
import { address, digest, memberId, requestId } from "../../../../node-agent/src/model/ids.ts";
import type { LedgerFact } from "../../../../node-agent/src/model/ledger-events.ts";
import type { InstanceRecord } from "../../../../node-agent/src/ports/catalogue.ts";
import { openHospital } from "../support/hospital.ts";
import { get, identifiersOf, phantom, storeFiles } from "../support/upload.ts";

type Row = Record<string, { readonly Value?: readonly unknown[] } | undefined>;
const request = requestId(`0x${"0c".repeat(32)}`);
const [self, custodian] = [memberId(1), memberId(2)];

/** Hospital 1 with a copy of hospital 2's study of two series of three, as it is while it arrives: nothing of it can be read yet, `arrive` brings instances. */
async function arriving(t: { teardown(fn: () => Promise<void>): void }) {
  const own = await openHospital();
  t.teardown(own.close);
  const files = [...phantom("arriving", 6)];
  await storeFiles(own, files);
  const { catalogue, ledgerIndex, watch, arrivals } = own.context;
  const uid = identifiersOf(files[0] ?? Buffer.alloc(0)).study;
  const before = catalogue.studyByUid(uid);
  if (before === null) throw new Error("not stored");
  const { study } = before;
  const patient = before.patient ?? address(`0x${"00".repeat(20)}`);
  const at = Math.floor(Date.now() / 1000);
  const parties = { request, study, requester: self, custodian };
  const facts: LedgerFact[] = [
    { kind: "StudyRegistered", study, custodian, patient, root: digest(`0x${"0d".repeat(32)}`) },
    { kind: "ConsentGranted", study, grantee: self, patient, purposes: ["TREAT"], notBefore: at - 10, expiry: at + 3600, class: "signed", creditAccount: patient, nonce: 0, relayer: custodian },
    { kind: "AccessRequested", ...parties, patient, purpose: "TREAT", granted: true, reason: "none", emergency: false, dueBy: at + 60 },
    { kind: "KeyDelivered", ...parties, keyDigest: digest(`0x${"0e".repeat(32)}`) },
  ];
  const block = { number: 1, hash: digest(`0x${createHash("sha256").update("1").digest("hex")}`), timestamp: at };
  ledgerIndex.apply([{ block, events: facts.map((fact, logIndex) => ({ ...fact, block: 1, timestamp: at, logIndex, transaction: block.hash })) }]);
  watch.moved(block, block);
  const records = catalogue.instances(study);
  const manifest = { series: [...new Set(records.map((one) => one.series))].map((one) => ({ uid: one })), instances: records } as unknown as Manifest;
  catalogue.transaction(() => {
    catalogue.dropStudy(study, "STUDY_WITHDRAWN");
    catalogue.putStudy({ ...before, role: "holder", state: "fetching", custodian, request, instanceCount: records.length });
  });
  arrivals.begin(study, manifest);
  const arrive = (some: readonly InstanceRecord[]): void => {
    catalogue.putInstances(some);
    for (const one of some) arrivals.instanceHere(study, one.series);
  };
  return { own, uid, study, records, arrive, base: `/dicom-web/studies/${uid}` };
}

test("while a study arrives its instances are read one by one, the whole is 503 with Retry-After", async (t) => {
  const { own, base, records, arrive, study } = await arriving(t);
  const [first, second, ...rest] = records;
  if (first === undefined || second === undefined) return t.fail("no records");
  const at = (one: InstanceRecord): string => `${base}/series/${one.series}/instances/${one.uid}`;
  const status = async (path: string): Promise<number> => (await get(own, path)).status;

  t.is(await status(base), 503);
  t.is(await status(at(first)), 503, "not a 404: it is on its way");
  arrive([first]);
  const answer = await get(own, at(first));
  t.is(answer.status, 200);
  t.regex(answer.headers.get("warning") ?? "", /still arriving/u);
  t.is(await status(at(second)), 503);
  t.is(await status(`${at(first)}/metadata`), 200);
  t.is(await status(`${at(first)}/frames/1`), 200);
  for (const path of [base, `${base}/metadata`, `${base}/series/${first.series}`, `${base}/series/${first.series}/metadata`]) {
    const refused = await get(own, path);
    t.is(refused.status, 503, path);
    t.regex(refused.headers.get("retry-after") ?? "", /^\d+$/u);
    t.like(await refused.json(), { code: "STUDY_INCOMPLETE" });
  }
  const problem = (await (await get(own, base)).json()) as { detail: string };
  t.true(problem.detail.startsWith(`1 of ${records.length} instances`));

  arrive([second, ...rest]);
  t.is(await status(`${base}/series/${first.series}`), 503, "not before its metadata is here");
  own.context.arrivals.metadataHere(study, first.series);
  t.is(await status(`${base}/series/${first.series}`), 200, "a whole series is given");
  t.is(await status(base), 503, "the study is not, before it is acknowledged");
  own.context.catalogue.updateStudy(study, { state: "held" });
  own.context.arrivals.end(study);
  const whole = await get(own, base);
  t.is(whole.status, 200);
  t.is(whole.headers.get("warning"), null);
});

test("searches say that a study is still arriving, and list what can be read of it", async (t) => {
  const { own, base, uid, records, arrive, study } = await arriving(t);
  const rows = async (path: string): Promise<{ rows: Row[]; warning: string | null }> => {
    const answer = await get(own, path);
    return { rows: (await answer.json()) as Row[], warning: answer.headers.get("warning") };
  };
  const values = (row: Row | undefined, tag: string): readonly unknown[] => row?.[tag]?.Value ?? [];
  const [first] = records;
  if (first === undefined) return t.fail("no record");
  arrive([first]);
  const studies = await rows("/dicom-web/studies?includefield=all");
  t.deepEqual(values(studies.rows[0], "0020000D"), [uid]);
  t.deepEqual(values(studies.rows[0], "00080056"), ["NEARLINE"]);
  t.regex(studies.warning ?? "", /still arriving/u);
  const series = await rows(`${base}/series?includefield=all`);
  t.deepEqual(values(series.rows[0], "00080056"), ["NEARLINE"]);
  t.deepEqual(values(series.rows[0], "00201209"), [records.filter((one) => one.series === first.series).length], "how many it will have");
  const instances = await rows(`${base}/instances?includefield=all`);
  t.deepEqual(instances.rows.map((row) => values(row, "00080018")[0]), [first.uid]);
  t.deepEqual(values(instances.rows[0], "00080056"), ["ONLINE"]);

  const detail = (await (await get(own, `/api/studies/${uid}`)).json()) as { state: string; complete: boolean };
  t.like(detail, { state: "fetching", complete: false });
  own.context.catalogue.updateStudy(study, { state: "held" });
  t.deepEqual(values((await rows("/dicom-web/studies?includefield=all")).rows[0], "00080056"), ["ONLINE"]);
  t.like(await (await get(own, `/api/studies/${uid}`)).json(), { complete: true });
});

test("a consent that ends while the study arrives ends its reading at once", async (t) => {
  const { own, base, records, arrive, study } = await arriving(t);
  const [first] = records;
  if (first === undefined) return t.fail("no record");
  arrive([first]);
  const at = Math.floor(Date.now() / 1000);
  const hash = digest(`0x${"0f".repeat(32)}`);
  const fact: LedgerFact = { kind: "ConsentRevoked", study, grantee: self, patient: own.context.catalogue.study(study)?.patient ?? address(`0x${"00".repeat(20)}`), class: "signed", byCustodian: false, nonce: 1, relayer: custodian };
  own.context.ledgerIndex.apply([{ block: { number: 2, hash, timestamp: at }, events: [{ ...fact, block: 2, timestamp: at, logIndex: 0, transaction: hash }] }]);
  t.is((await get(own, `${base}/series/${first.series}/instances/${first.uid}`)).status, 410);
});
