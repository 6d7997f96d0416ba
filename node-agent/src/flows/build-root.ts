import type { CID } from "multiformats/cid";
import { buildFileOf } from "../dag/build-file.ts";
import { buildTree } from "../dag/build-directory.ts";
import { digestOfCid, parseCid } from "../dag/block.ts";
import { datasetDigestAlgorithm } from "../dicom/digest.ts";
import { textOf } from "../dicom/attributes.ts";
import { newSessionKey, wrapSessionKey } from "../envelope/session-key.ts";
import { sealBuffer } from "../envelope/seal.ts";
import type { DicomJson } from "../dicom/json.ts";
import type { Digest, Uid } from "../model/ids.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { fileTsize } from "./file-tsize.ts";
import { studyBlocks } from "./get-block.ts";
import { GrowingObject } from "./growing-object.ts";
import { custodyFormat, type Manifest, manifestFormat, writeJson } from "./manifest.ts";
import { parseStored, storedJson } from "./retrieve-metadata.ts";
import { seriesLine } from "./series-lines.ts";

/** The sealed metadata of one series. Names no UID: these are journaled, and the journal holds nothing that identifies anyone; series stand in order of first arrival. */
export type SeriesObject = { readonly object: string; readonly objectSize: number; readonly tsize: number; readonly instances: number };
type Sealed = { readonly object: string; readonly objectSize: number; readonly tsize: number };

const inMemoryBytes = 8 << 20;
const numbered = (folder: string, number: number, digits: number): string => `${folder}/${String(number).padStart(digits, "0")}.pgp`;

async function sealInto(writer: BlockWriter, sessionKey: Uint8Array, prefix: Uint8Array, plain: Uint8Array): Promise<Sealed> {
  const built = buildFileOf(sealBuffer({ sessionKey, prefix, plain }));
  await writer.add(built.blocks);
  return { object: built.cid.toString(), objectSize: built.size, tsize: built.tsize };
}

/** Seals lines of unknown number: in memory while they are few, as they come once they are many. */
async function sealLines(writer: BlockWriter, sessionKey: Uint8Array, prefix: Uint8Array, lines: AsyncIterable<Buffer>): Promise<Sealed> {
  let held: Buffer[] = [];
  let bytes = 0;
  let growing: GrowingObject | null = null;
  for await (const line of lines) {
    if (growing !== null) {
      await writer.add(growing.push(line));
      continue;
    }
    held.push(line);
    bytes += line.length;
    if (bytes <= inMemoryBytes) continue;
    growing = new GrowingObject(sessionKey, prefix);
    for (const one of held) await writer.add(growing.push(one));
    held = [];
  }
  if (growing === null) return await sealInto(writer, sessionKey, prefix, Buffer.concat(held));
  const made = await growing.finish();
  await writer.add(made.blocks);
  return { object: made.cid.toString(), objectSize: made.objectSize, tsize: made.tsize };
}

function bySeries(instances: readonly InstanceRecord[]): Map<Uid, InstanceRecord[]> {
  const groups = new Map<Uid, InstanceRecord[]>();
  for (const one of instances) {
    const group = groups.get(one.series) ?? [];
    group.push(one);
    groups.set(one.series, group);
  }
  return groups;
}

/** Makes the sealed metadata of every series, in order of first arrival, over its instances as stored; durable when it resolves. Throws OBJECT_MISSING, STUDY_GONE. */
export async function buildSeries(context: HospitalContext, study: StudyRecord, instances: readonly InstanceRecord[]): Promise<SeriesObject[]> {
  const sessionKey = await context.sessionKeys.of(study);
  const prefix = study.wrappedKey ?? new Uint8Array(0);
  const writer = new BlockWriter(context.blocks);
  const out: SeriesObject[] = [];
  for (const group of bySeries(instances).values()) {
    const lines = async function* (): AsyncGenerator<Buffer, void, undefined> {
      for (const record of group) yield seriesLine(storedJson(await parseStored(context, record)));
    };
    out.push({ instances: group.length, ...(await sealLines(writer, sessionKey, prefix, lines())) });
  }
  await writer.flush();
  return out;
}

function custodyOf(context: HospitalContext, study: StudyRecord): Buffer {
  const owner = study.patient === null ? null : context.catalogue.patientOf(study.patient);
  const patientId = owner?.patientId ?? "";
  const issuer = owner?.issuer ?? "";
  const xpub = owner === null ? null : (context.catalogue.patient(patientId, issuer)?.xpub ?? null);
  return writeJson({ format: custodyFormat, study: study.study, patientId, issuer, xpub, index: owner?.index ?? null });
}

function manifestFor(study: StudyRecord, version: number, instances: readonly InstanceRecord[], series: readonly SeriesObject[]): Manifest {
  const uids = [...bySeries(instances).keys()];
  const uidAt = (place: number): Uid => {
    const uid = uids[place];
    if (uid === undefined) throw new RangeError("more series objects than series");
    return uid;
  };
  return {
    format: manifestFormat,
    digest: datasetDigestAlgorithm,
    study: study.study,
    version,
    uid: study.uid,
    attributes: study.attributes as DicomJson,
    series: series.map(({ object, objectSize, instances: count }, place) => ({ uid: uidAt(place), object, objectSize, instances: count })),
    instances: instances.map((one) => ({
      number: one.number,
      series: one.series,
      sopClass: textOf(one.attributes as DicomJson, "00080016") as Uid,
      uid: one.uid,
      transferSyntax: one.transferSyntax,
      size: one.size,
      digest: one.datasetDigest,
      object: one.object,
      objectSize: one.objectSize,
      headerSize: one.headerSize,
    })),
  };
}

/**
 * Builds the study root (design 5) over instance and series objects that are stored already: manifest and custody are sealed, the directories
 * built, all of it durable when it resolves. The custody object has a session key of its own, so that a requester's key does not open it.
 */
export async function buildRoot(context: HospitalContext, study: StudyRecord, version: number, instances: readonly InstanceRecord[], series: readonly SeriesObject[]): Promise<Digest> {
  const sessionKey = await context.sessionKeys.of(study);
  const writer = new BlockWriter(context.blocks);
  const manifest = await sealInto(writer, sessionKey, study.wrappedKey ?? new Uint8Array(0), writeJson(manifestFor(study, version, instances, series)));
  const ownKey = newSessionKey();
  const custody = await sealInto(writer, ownKey, await wrapSessionKey(ownKey, context.keyring.identity.certificate), custodyOf(context, study));
  const files: { path: string; cid: CID; tsize: number }[] = [];
  for (const one of instances) {
    const cid = parseCid(one.object);
    files.push({ path: numbered("instances", one.number, 6), cid, tsize: await fileTsize(cid, one.objectSize, studyBlocks(context, study.study)) });
  }
  const file = (path: string, one: Sealed) => ({ path, cid: parseCid(one.object), tsize: one.tsize });
  const root = await buildTree(
    [
      file("manifest.pgp", manifest),
      file("custody.pgp", custody),
      ...series.map((one, at) => file(numbered("series", at + 1, 4), one)),
      ...files,
    ],
    (block) => writer.add([block]),
  );
  await writer.flush();
  return digestOfCid(root.cid);
}
