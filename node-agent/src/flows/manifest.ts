import { z } from "zod";
import { datasetDigestAlgorithm } from "../dicom/digest.ts";
import type { DicomJson } from "../dicom/json.ts";
import { fault } from "../model/fault.ts";
import { isUid, studyId, type Uid } from "../model/ids.ts";

export const manifestFormat = "fiducial-study/1";
export const custodyFormat = "fiducial-custody/1";

const uid = z.custom<Uid>((value) => typeof value === "string" && isUid(value), "not a UID");
const size = z.int().min(0);
const cid = z.string().min(1).max(128);
const attributes = z.custom<DicomJson>((value) => typeof value === "object" && value !== null && !Array.isArray(value), "not DICOM JSON");

const series = z.strictObject({ uid, object: cid, objectSize: size, instances: z.int().min(1) });
const instance = z.strictObject({
  number: z.int().min(1),
  series: uid,
  sopClass: uid,
  uid,
  transferSyntax: z.string().min(1).max(64),
  size,
  digest: z.string().regex(/^0x[0-9a-f]{64}$/u),
  object: cid,
  objectSize: size,
  headerSize: size,
});

const manifestForm = z.strictObject({
  format: z.literal(manifestFormat),
  digest: z.literal(datasetDigestAlgorithm),
  study: z.string().transform(studyId),
  version: z.int().min(1),
  uid,
  attributes,
  series: z.array(series).min(1),
  instances: z.array(instance).min(1),
});

const custodyForm = z.strictObject({
  format: z.literal(custodyFormat),
  study: z.string().transform(studyId),
  patientId: z.string(),
  issuer: z.string(),
  xpub: z.string().nullable(),
  index: z.int().min(0).nullable(),
});

/** What a study consists of (design 5): sealed with the study's key, so whoever holds that key can check that nothing is missing. */
export type Manifest = z.output<typeof manifestForm>;
export type ManifestInstance = Manifest["instances"][number];
/** Whose study it is and from which key its address comes: sealed to the custodian alone, for its own recovery. */
export type Custody = z.output<typeof custodyForm>;

function parse<Value>(form: z.ZodType<Value>, bytes: Uint8Array): Value {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw fault("MANIFEST_MALFORMED", { what: "it is not JSON" }, cause);
  }
  const parsed = form.safeParse(json);
  // Only the place is told: the values identify a patient.
  if (!parsed.success) throw fault("MANIFEST_MALFORMED", { what: `field ${parsed.error.issues[0]?.path.join(".") ?? "?"}` });
  return parsed.data;
}

/** Reads a manifest. Throws MANIFEST_MALFORMED, also for another format version. */
export function readManifest(bytes: Uint8Array): Manifest {
  const manifest = parse(manifestForm, bytes);
  const known = new Set(manifest.series.map((one) => one.uid));
  const uids = new Set(manifest.instances.map((one) => one.uid));
  if (uids.size !== manifest.instances.length) throw fault("MANIFEST_MALFORMED", { what: "an instance is listed twice" });
  if (manifest.instances.some((one) => !known.has(one.series))) throw fault("MANIFEST_MALFORMED", { what: "an instance of a series that is not listed" });
  return manifest;
}

export const readCustody = (bytes: Uint8Array): Custody => parse(custodyForm, bytes);
export const writeJson = (value: Manifest | Custody): Buffer => Buffer.from(JSON.stringify(value), "utf8");
