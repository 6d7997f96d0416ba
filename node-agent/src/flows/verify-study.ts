import { type InstanceAttributes, instanceAttributes, studyRow, textOf } from "../dicom/attributes.ts";
import { InstanceReader } from "../dicom/instance-reader.ts";
import { type DicomJson, toDicomJson } from "../dicom/json.ts";
import { parseCid } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import { fault, isFault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import type { Digest, StudyId, Uid } from "../model/ids.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import type { InstanceFacts, ObjectWork } from "../ports/object-work.ts";
import type { Manifest, ManifestInstance } from "./manifest.ts";
import { isForAside, openObject } from "./open-object.ts";
import { manifestOf, namesIn } from "./read-manifest.ts";
import { readSeriesLines } from "./series-lines.ts";

export type VerifyInput = {
  readonly study: StudyId;
  readonly root: Digest;
  readonly sessionKey: Uint8Array;
  readonly get: Get;
  readonly work: ObjectWork;
  readonly onObject?: (done: number, total: number) => void;
};
export type Verified = { readonly manifest: Manifest; readonly instances: readonly InstanceRecord[]; readonly attributes: DicomJson };

const instanceName = (number: number): string => `${String(number).padStart(6, "0")}.pgp`;
const seriesName = (at: number): string => `${String(at + 1).padStart(4, "0")}.pgp`;

/** Small instances under way at once: while one is opened aside, the blocks of the next arrive and the one before is noted. */
const aheadOfTurn = 4;

/** What an object says of itself: opened aside when it is small, piece by piece here when it is large. */
async function factsOf({ sessionKey, get, work }: Pick<VerifyInput, "sessionKey" | "get" | "work">, one: ManifestInstance): Promise<InstanceFacts> {
  if (isForAside(one)) {
    const shared = await get(parseCid(one.object));
    if (shared === null) throw fault("OBJECT_MISSING", { object: one.object });
    // A copy: the block itself may still be on its way to the disk.
    const bytes = Buffer.allocUnsafeSlow(shared.length);
    bytes.set(shared);
    return await work.check({ sessionKey, bytes });
  }
  const reader = new InstanceReader();
  for await (const piece of openObject(sessionKey, one, get)) {
    reader.push(piece);
    giveBack(piece);
  }
  const part10 = reader.finish();
  return { ...part10, attributes: instanceAttributes(toDicomJson(part10), part10.transferSyntax) };
}

async function verifyInstance(input: Pick<VerifyInput, "study" | "sessionKey" | "get" | "work">, study: Manifest["uid"], one: ManifestInstance): Promise<InstanceRecord> {
  const { identifiers, digest, transferSyntax, size, attributes } = await factsOf(input, one);
  const same = digest === one.digest && transferSyntax === one.transferSyntax && size === one.size && identifiers.sopInstance === one.uid && identifiers.series === one.series && identifiers.study === study;
  if (!same) throw fault("OBJECT_DIGEST_MISMATCH", { object: one.number });
  return {
    study: input.study,
    series: one.series,
    uid: one.uid,
    number: one.number,
    transferSyntax,
    object: one.object,
    objectSize: one.objectSize,
    size: one.size,
    headerSize: one.headerSize,
    datasetDigest: digest,
    attributes,
  };
}

/** What was found right, in the order of reading: a series' metadata (all its instances follow), an instance, or an object that is not here (only with `missing: "pass"`). */
export type Finding =
  | { readonly kind: "series"; readonly uid: Uid }
  | { readonly kind: "instance"; readonly record: InstanceRecord }
  | { readonly kind: "missing"; readonly object: string };

export type ObjectsInput = Omit<VerifyInput, "onObject"> & {
  readonly manifest: Manifest;
  /** Whether an object that is not here ends the reading (the default) or is passed over. */
  readonly missing?: "throw" | "pass";
  /** Instances that an earlier run has verified already: given as they are. */
  readonly known?: ReadonlyMap<string, InstanceRecord>;
};

/** The objects of a study in the order in which they are read: series after series, each one's metadata before its instances, so that the first series can be shown first. */
export function readingOrder(manifest: Manifest): { readonly series: Manifest["series"][number]; readonly instances: readonly ManifestInstance[] }[] {
  const of = Map.groupBy(manifest.instances, (one) => one.series);
  return manifest.series.map((series) => ({ series, instances: of.get(series.uid) ?? [] }));
}

async function verifySeries(input: ObjectsInput, series: Manifest["series"][number], instances: readonly ManifestInstance[]): Promise<void> {
  const wanted = new Set<string>(instances.map((one) => one.uid));
  for await (const line of readSeriesLines(openObject(input.sessionKey, series, input.get))) {
    const placed = textOf(line, "0020000D") === input.manifest.uid && textOf(line, "0020000E") === series.uid;
    if (!placed || !wanted.delete(textOf(line, "00080018"))) throw fault("MANIFEST_MALFORMED", { what: "a series' metadata is of another instance" });
  }
  if (wanted.size > 0) throw fault("MANIFEST_MALFORMED", { what: "a series' metadata is not of all its instances" });
}

/** Whether an earlier run's record is of exactly this object: then its content needs no second look, and every read of it is checked again, by the block's digest or by AES-GCM and the UID. */
const sameObject = (record: InstanceRecord | undefined, one: ManifestInstance): record is InstanceRecord =>
  record !== undefined && record.object === one.object && record.objectSize === one.objectSize && record.datasetDigest === one.digest && record.number === one.number && record.size === one.size;

/** Opens the objects of a study one after the other and checks each against the manifest; see `verifyStudy` for what is thrown. */
export async function* verifyObjects(input: ObjectsInput): AsyncGenerator<Finding, void, undefined> {
  const { manifest } = input;
  const named = await namesIn(input.root, "instances", input.get);
  const seriesNamed = await namesIn(input.root, "series", input.get);
  const attempt = async (object: string, work: () => Promise<Finding>): Promise<Finding> => {
    try {
      return await work();
    } catch (error) {
      const passed = input.missing === "pass" && (isFault(error, "OBJECT_MISSING") || isFault(error, "BLOCK_MISSING"));
      if (!passed) throw error;
      return { kind: "missing", object };
    }
  };
  for (const [at, { series, instances }] of readingOrder(manifest).entries()) {
    if (seriesNamed.get(seriesName(at)) !== series.object) throw fault("MANIFEST_MALFORMED", { what: "a series' metadata is another object" });
    yield await attempt(series.object, () => verifySeries(input, series, instances).then(() => ({ kind: "series", uid: series.uid })));
    const begun = new Map<string, Promise<InstanceRecord>>();
    const begin = (one: ManifestInstance): Promise<InstanceRecord> => {
      const record = begun.get(one.uid) ?? verifyInstance(input, manifest.uid, one);
      // A failure is met when its turn comes.
      record.catch(() => undefined);
      begun.set(one.uid, record);
      return record;
    };
    for (const [place, one] of instances.entries()) {
      const object = named.get(instanceName(one.number));
      if (object === undefined) throw fault("MANIFEST_MALFORMED", { what: "the root lacks an instance of the manifest" });
      if (object !== one.object) throw fault("OBJECT_DIGEST_MISMATCH", { object: one.number });
      const known = input.known?.get(one.uid);
      if (sameObject(known, one)) {
        yield { kind: "instance", record: known };
        continue;
      }
      const record = begin(one);
      for (const next of instances.slice(place + 1, place + aheadOfTurn)) if (isForAside(next) && !sameObject(input.known?.get(next.uid), next)) void begin(next);
      yield await attempt(one.object, async () => ({ kind: "instance", record: await record }));
      begun.delete(one.uid);
    }
  }
}

/**
 * Opens everything below a root and checks it against the manifest: each instance's identifiers, size, transfer syntax and dataset digest, each
 * series' metadata, names against contents. What it returns comes from the images themselves. Throws OBJECT_DIGEST_MISMATCH, MANIFEST_MALFORMED,
 * the ENVELOPE_ and DICOM_ faults (content that is wrong), BLOCK_MISSING and OBJECT_MISSING (content that is not here).
 */
export async function verifyStudy(input: VerifyInput): Promise<Verified> {
  const manifest = await manifestOf(input);
  const total = manifest.instances.length + manifest.series.length;
  const instances: InstanceRecord[] = [];
  let done = 0;
  for await (const found of verifyObjects({ ...input, manifest })) {
    if (found.kind === "instance") instances.push(found.record);
    input.onObject?.(++done, total);
  }
  instances.sort((one, two) => one.number - two.number);
  return { manifest, instances, attributes: studyRow(instances.map((one) => one.attributes as InstanceAttributes)) };
}

/** Whether a failure says that the content is wrong (to be disputed), and not that it has not arrived or that this agent failed. */
export const contentIsWrong = (error: unknown): boolean =>
  isFault(error, "OBJECT_DIGEST_MISMATCH") ||
  isFault(error, "MANIFEST_MALFORMED") ||
  isFault(error, "DAG_MALFORMED") ||
  isFault(error, "ENVELOPE_TAMPERED") ||
  isFault(error, "ENVELOPE_TRUNCATED") ||
  isFault(error, "ENVELOPE_TRAILING") ||
  isFault(error, "ENVELOPE_MALFORMED") ||
  isFault(error, "ENVELOPE_UNSUPPORTED") ||
  isFault(error, "DICOM_TRUNCATED") ||
  isFault(error, "DICOM_MALFORMED");
