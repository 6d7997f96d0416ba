import { randomBytes, randomInt } from "node:crypto";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { encodePart10 } from "../phantom/encode.ts";

/** One large multi-frame instance that exists only while it is sent. */
export type LargeInstance = { readonly study: string; readonly size: number; readonly pieces: () => Generator<Buffer> };

const multiFrameGrayscaleWord = "1.2.840.10008.5.1.4.1.1.7.3";
const rows = 2048;
const columns = 2048;
const frameBytes = rows * columns * 2;

/** A multi-frame secondary capture (PS3.3 A.8.4) of about `megabytes` (10^6 bytes), explicit VR little endian, with random pixels repeated every 8 MiB. */
export function largeInstance(megabytes: number): LargeInstance {
  const frames = Math.ceil((megabytes * 1e6) / frameBytes);
  const uid = (): string => `2.25.${randomInt(2 ** 47)}${randomInt(2 ** 47)}`;
  const [study, sopInstance] = [uid(), uid()];
  const shell = encodePart10(multiFrameGrayscaleWord, sopInstance, "2.25.1", [
    { tag: 0x0008_0016, vr: "UI", value: multiFrameGrayscaleWord },
    { tag: 0x0008_0018, vr: "UI", value: sopInstance },
    { tag: 0x0008_0020, vr: "DA", value: "20260102" },
    { tag: 0x0008_0060, vr: "CS", value: "OT" },
    { tag: 0x0010_0010, vr: "PN", value: "Bench^Large" },
    { tag: 0x0010_0020, vr: "LO", value: `BENCH-${randomInt(10 ** 9)}` },
    { tag: 0x0020_000d, vr: "UI", value: study },
    { tag: 0x0020_000e, vr: "UI", value: uid() },
    { tag: 0x0020_0013, vr: "IS", value: "1" },
    { tag: 0x0028_0002, vr: "US", value: [1] },
    { tag: 0x0028_0004, vr: "CS", value: "MONOCHROME2" },
    { tag: 0x0028_0008, vr: "IS", value: String(frames) },
    { tag: 0x0028_0010, vr: "US", value: [rows] },
    { tag: 0x0028_0011, vr: "US", value: [columns] },
    { tag: 0x0028_0100, vr: "US", value: [16] },
    { tag: 0x0028_0101, vr: "US", value: [16] },
    { tag: 0x0028_0102, vr: "US", value: [15] },
    { tag: 0x0028_0103, vr: "US", value: [0] },
    { tag: 0x7fe0_0010, vr: "OW", value: Buffer.alloc(0) },
  ]);
  // The last four octets are the length of the empty pixel data.
  shell.writeUInt32LE(frames * frameBytes, shell.length - 4);
  const frame = randomBytes(frameBytes);
  function* pieces(): Generator<Buffer> {
    yield shell;
    for (let left = frames; left > 0; left--) for (let at = 0; at < frameBytes; at += 1 << 20) yield frame.subarray(at, at + (1 << 20));
  }
  return { study: readPart10(Buffer.concat([shell.subarray(0, -4), Buffer.alloc(4)])).identifiers.study, size: shell.length + frames * frameBytes, pieces };
}
