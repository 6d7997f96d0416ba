import { createHash, randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { textOf } from "../../node-agent/src/dicom/attributes.ts";
import { type JsonName, toDicomJson } from "../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { generatePhantom } from "../phantom/phantom.ts";
import { textEncoder } from "../phantom/text.ts";
import { type Needle, needles } from "./residue.ts";

/** One DICOM file to send. `sha256` is of the whole Part 10 file. */
export type SourceFile = { readonly name: string; readonly size: number; readonly study: string; readonly sha256: string; readonly read: () => Promise<Buffer> };
export type Source = { readonly files: readonly SourceFile[]; readonly patientId: string; readonly issuer: string; readonly needles: readonly Needle[] };

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const gb18030 = textEncoder("GB18030");

/** A patient as rare in name and number as the wallet's secret: the same wallet is always the same person, and finding a part of it somewhere is no accident. */
function inventPatient(secret: string): { name: string; id: string } {
  const bits = createHash("sha256").update(`fiducial phantom patient\0${secret}`).digest();
  const pick = (from: readonly string[], at: number): string => from[(bits[at] ?? 0) % from.length] ?? "";
  const family = pick(["Quellenberg", "Zhuravlyova", "Ouyangfeng", "Thistlewick", "Mbeki-Oduya"], 0);
  const given = pick(["Xiaodong", "Wilhelmina", "Perpetua", "Ignatius", "Zenobia"], 1);
  return { name: `${family}^${given}=${pick(["欧阳", "司马", "诸葛"], 2)}^${pick(["晓东", "慧敏", "子轩"], 3)}`, id: `FID-${bits.readUIntBE(4, 6)}` };
}

/**
 * A synthetic head CT of 64 slices of 512x512, with fresh UIDs, of the patient whose wallet has this secret. It exists in memory only, so
 * that no plain file of ours can be found later.
 */
export function phantomSource(secret: string): Source {
  const { name, id } = inventPatient(secret);
  const files = [...generatePhantom({ patient: { name, id, birthDate: "19620309", sex: "F" }, accessionNumber: `ACC${randomInt(10 ** 9, 10 ** 10)}` })];
  return describe(files.map((file) => ({ name: file.name, bytes: file.bytes, read: async () => file.bytes })));
}

/** Files on disk, read again when they are sent; of files with one SOP Instance UID only the first, since a UID names one image. Throws for a file that is not readable DICOM. */
export async function folderSource(paths: readonly string[]): Promise<Source> {
  const read = new Map<string, { name: string; bytes: Buffer; read: () => Promise<Buffer> }>();
  for (const path of paths) {
    const bytes = await readFile(path);
    const uid = readPart10(bytes).identifiers.sopInstance;
    if (!read.has(uid)) read.set(uid, { name: path, bytes, read: () => readFile(path) });
  }
  return describe([...read.values()]);
}

function describe(files: readonly { name: string; bytes: Buffer; read: () => Promise<Buffer> }[]): Source {
  const found = new Map<string, Needle[]>();
  const known: SourceFile[] = [];
  let patient = { patientId: "", issuer: "" };
  for (const { name, bytes, read } of files) {
    const part10 = readPart10(bytes);
    const { identifiers } = part10;
    const json = toDicomJson(part10);
    known.push({ name, size: bytes.length, study: identifiers.study, sha256: sha256(bytes), read });
    if (patient.patientId === "") patient = { patientId: textOf(json, "00100020"), issuer: textOf(json, "00100021") };
    const note = (what: string, text: string) => {
      const key = `${what} ${text}`;
      if (text !== "" && !found.has(key)) found.set(key, needles(what, text, inGb18030(text)));
    };
    for (const { Alphabetic, Ideographic, Phonetic } of (json["00100010"]?.Value ?? []) as JsonName[])
      for (const group of [Alphabetic, Ideographic, Phonetic]) for (const part of (group ?? "").split("^")) note("patient's name", part);
    note("patient id", textOf(json, "00100020"));
    note("accession number", textOf(json, "00080050"));
    note("study UID", identifiers.study);
    note("series UID", identifiers.series);
    note("instance UID", identifiers.sopInstance);
  }
  return { files: known, ...patient, needles: [...found.values()].flat() };
}

/** The text as a GB18030 data set holds it, where that differs from UTF-8. */
function inGb18030(text: string): Buffer[] {
  try {
    return Buffer.byteLength(text) === text.length ? [] : [gb18030(text)];
  } catch (error) {
    if (error instanceof RangeError) return []; // not writable in that repertoire, so not written in it
    throw error;
  }
}
