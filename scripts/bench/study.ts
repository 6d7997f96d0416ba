import { createHash, randomInt } from "node:crypto";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { generatePhantom } from "../phantom/phantom.ts";

/** A study ready to be sent, and SHA-256 of each of its files, sorted. */
export type BenchStudy = { readonly uid: string; readonly files: readonly Buffer[]; readonly bytes: number; readonly digests: readonly string[] };

const digitsChanged = 8;

/** Replaces every occurrence of a UID by another of the same length, in place. */
function renumber(bytes: Buffer, uid: string, tail: string): void {
  const changed = Buffer.from(uid.slice(0, -digitsChanged) + tail);
  // Behind the pixels no UID stands, and a search through them would cost more than all else.
  const end = Math.min(bytes.length, 8192);
  for (let at = bytes.subarray(0, end).indexOf(uid); at >= 0; at = bytes.subarray(0, end).indexOf(uid, at + 1)) changed.copy(bytes, at);
}

/**
 * Makes studies of a synthetic CT with `slices` slices of 512 x 512, about 526 kB each: the pixels are made once, every call gives a study with
 * new study, series and instance UIDs.
 */
export function studyMaker(slices: number): () => BenchStudy {
  const originals = [...generatePhantom({ slices, patient: { name: "Bench^Mark", id: `BENCH-${randomInt(10 ** 9)}`, birthDate: "19700101", sex: "O" } })].map(({ bytes }) => ({
    bytes,
    ...readPart10(bytes.subarray()).identifiers,
  }));
  return () => {
    const tail = String(randomInt(10 ** digitsChanged)).padStart(digitsChanged, "0");
    const files = originals.map(({ bytes, study, series, sopInstance }) => {
      const copy = Buffer.from(bytes);
      for (const uid of [study, series, sopInstance]) renumber(copy, uid, tail);
      return copy;
    });
    const uid = (originals[0]?.study ?? "").slice(0, -digitsChanged) + tail;
    const digests = files.map((file) => createHash("sha256").update(file).digest("hex")).sort();
    return { uid, files, digests, bytes: files.reduce((sum, file) => sum + file.length, 0) };
  };
}
