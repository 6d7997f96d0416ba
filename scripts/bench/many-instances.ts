import { createHash, randomInt } from "node:crypto";
import { encodePart10 } from "../phantom/encode.ts";

/** A study of very many small instances, each made when it is sent; `digests` are those of all files, sorted. */
export type ManyInstances = { readonly study: string; readonly count: number; readonly bytes: number; file(at: number): Buffer; digests(): string[] };

const ctImage = "1.2.840.10008.5.1.4.1.1.2";
const side = 64;

/** `count` CT slices of 64 x 64 (about 9 kB each) in series of 1,000. */
export function manyInstances(count: number): ManyInstances {
  const root = `2.25.${randomInt(10 ** 13, 10 ** 14)}`;
  const patient = `BENCH-${randomInt(10 ** 9)}`;
  const pixels = Buffer.alloc(side * side * 2);
  const file = (at: number): Buffer => {
    const series = Math.floor(at / 1000) + 1;
    const sopInstance = `${root}.${series}.${at + 1}`;
    pixels.writeUInt32LE(at, 0);
    return encodePart10(ctImage, sopInstance, "2.25.1", [
      { tag: 0x0008_0016, vr: "UI", value: ctImage },
      { tag: 0x0008_0018, vr: "UI", value: sopInstance },
      { tag: 0x0008_0020, vr: "DA", value: "20260102" },
      { tag: 0x0008_0060, vr: "CS", value: "CT" },
      { tag: 0x0010_0010, vr: "PN", value: "Bench^Many" },
      { tag: 0x0010_0020, vr: "LO", value: patient },
      { tag: 0x0020_000d, vr: "UI", value: root },
      { tag: 0x0020_000e, vr: "UI", value: `${root}.${series}` },
      { tag: 0x0020_0011, vr: "IS", value: String(series) },
      { tag: 0x0020_0013, vr: "IS", value: String((at % 1000) + 1) },
      { tag: 0x0028_0002, vr: "US", value: [1] },
      { tag: 0x0028_0004, vr: "CS", value: "MONOCHROME2" },
      { tag: 0x0028_0010, vr: "US", value: [side] },
      { tag: 0x0028_0011, vr: "US", value: [side] },
      { tag: 0x0028_0100, vr: "US", value: [16] },
      { tag: 0x0028_0101, vr: "US", value: [16] },
      { tag: 0x0028_0102, vr: "US", value: [15] },
      { tag: 0x0028_0103, vr: "US", value: [0] },
      { tag: 0x7fe0_0010, vr: "OW", value: Buffer.from(pixels) },
    ]);
  };
  let bytes = 0;
  for (let at = 0; at < count; at++) bytes += file(at).length;
  return { study: root, count, bytes, file, digests: () => Array.from({ length: count }, (_, at) => createHash("sha256").update(file(at)).digest("hex")).sort() };
}
