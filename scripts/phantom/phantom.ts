import { createHash, randomBytes } from "node:crypto";
import { encodePart10, type Written } from "./encode.ts";
import { headSlice, Noise } from "./head.ts";
import { type Repertoire, textEncoder } from "./text.ts";

export type PhantomPatient = {
  /** DICOM person name: component groups divided by =. */
  readonly name: string;
  readonly id: string;
  /** YYYYMMDD. */
  readonly birthDate: string;
  readonly sex: "M" | "F" | "O";
};

export type PhantomOptions = {
  readonly slices?: number;
  /** Rows and columns of each slice. */
  readonly size?: number;
  readonly patient?: PhantomPatient;
  readonly repertoire?: Repertoire;
  readonly accessionNumber?: string;
  /** With a seed everything, UIDs included, is the same every time; without one, UIDs are random. */
  readonly seed?: string;
};

export type PhantomFile = { readonly name: string; readonly bytes: Buffer };

const ctImage = "1.2.840.10008.5.1.4.1.1.2";
const defaultPatient: PhantomPatient = { name: "Wang^XiaoDong=王^小东", id: "PHANTOM-0001", birthDate: "19700101", sex: "O" };
/** Spacing of slices and of pixels across a field of view of 256 mm. */
const fieldOfView = 256;

/** A UID under 2.25 (PS3.5 section B.2) from 128 bits. */
const uidOf = (bits: Buffer): string => `2.25.${BigInt(`0x${bits.toString("hex")}`)}`;

const decimal = (value: number): string => String(Number(value.toFixed(4)));

/** A private block with the kinds of values vendors hide there: text, numbers, opaque bytes, a sequence. */
function privateBlock(slice: number, noise: Buffer): Written[] {
  return [
    { tag: 0x0029_0010, vr: "LO", value: "FIDUCIAL PHANTOM 1.0" },
    { tag: 0x0029_1001, vr: "LO", value: "SHEPP-LOGAN TOFT" },
    { tag: 0x0029_1002, vr: "DS", value: "9" },
    { tag: 0x0029_1003, vr: "IS", value: String(slice) },
    { tag: 0x0029_1004, vr: "FD", value: [Math.PI, Math.E] },
    { tag: 0x0029_1005, vr: "US", value: [slice, 4095] },
    { tag: 0x0029_1006, vr: "OB", value: noise },
    { tag: 0x0029_1007, vr: "UN", value: Buffer.from("opaque to everyone else", "latin1") },
    {
      tag: 0x0029_1008,
      vr: "SQ",
      value: [
        [
          { tag: 0x0008_0100, vr: "SH", value: "PH1" },
          { tag: 0x0008_0102, vr: "SH", value: "99FIDUCIAL" },
          { tag: 0x0008_0104, vr: "LO", value: "Phantom" },
        ],
      ],
    },
    { tag: 0x0029_1009, vr: "SL", value: [-slice] },
  ];
}

/** A synthetic head CT (PS3.3 A.3): the 3D Shepp-Logan phantom with noise, one file per slice, feet to head. Throws RangeError for a name outside the repertoire. */
export function* generatePhantom(options: PhantomOptions = {}): Generator<PhantomFile> {
  const { slices = 64, size = 512, patient = defaultPatient, repertoire = "GB18030", accessionNumber = "SYN0001", seed } = options;
  const encode = textEncoder(repertoire);
  const bits = (label: string): Buffer =>
    seed === undefined ? randomBytes(16) : createHash("sha256").update(`${seed}\0${label}`).digest().subarray(0, 16);
  const [study, series, frameOfReference] = [uidOf(bits("study")), uidOf(bits("series")), uidOf(bits("frame of reference"))];
  const noise = new Noise(bits("noise").readUInt32LE(0));
  const spacing = decimal(fieldOfView / size);
  const thickness = fieldOfView / 1.4 / slices;
  const text = (tag: number, vr: string, value: string): Written => ({ tag, vr, value: encode(value) });
  const shared: Written[] = [
    ...[text(0x0008_0005, "CS", repertoire), text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"), text(0x0008_0016, "UI", ctImage)],
    ...[0x0008_0020, 0x0008_0021, 0x0008_0022, 0x0008_0023].map((tag) => text(tag, "DA", "20260102")),
    ...[0x0008_0030, 0x0008_0031, 0x0008_0032, 0x0008_0033].map((tag) => text(tag, "TM", "120000")),
    ...[
      text(0x0008_0050, "SH", accessionNumber),
      text(0x0008_0060, "CS", "CT"),
      text(0x0008_0070, "LO", "Fiducial"),
      text(0x0008_0090, "PN", "Phantom^Referrer"),
    ],
    ...[text(0x0008_1030, "LO", "Head phantom"), text(0x0008_103e, "LO", "Shepp-Logan 3D"), text(0x0008_1090, "LO", "Phantom")],
    ...[
      text(0x0010_0010, "PN", patient.name),
      text(0x0010_0020, "LO", patient.id),
      text(0x0010_0030, "DA", patient.birthDate),
      text(0x0010_0040, "CS", patient.sex),
    ],
    ...[
      text(0x0018_0015, "CS", "HEAD"),
      text(0x0018_0050, "DS", decimal(thickness)),
      text(0x0018_0060, "DS", "120"),
      text(0x0018_5100, "CS", "HFS"),
    ],
    ...[
      text(0x0020_000d, "UI", study),
      text(0x0020_000e, "UI", series),
      text(0x0020_0010, "SH", "1"),
      text(0x0020_0011, "IS", "1"),
      text(0x0020_0012, "IS", "1"),
    ],
    ...[text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0"), text(0x0020_0052, "UI", frameOfReference), text(0x0020_1040, "LO", "")],
    { tag: 0x0028_0002, vr: "US", value: [1] },
    text(0x0028_0004, "CS", "MONOCHROME2"),
    ...[
      { tag: 0x0028_0010, vr: "US", value: [size] },
      { tag: 0x0028_0011, vr: "US", value: [size] },
    ],
    text(0x0028_0030, "DS", `${spacing}\\${spacing}`),
    ...[
      { tag: 0x0028_0100, vr: "US", value: [16] },
      { tag: 0x0028_0101, vr: "US", value: [12] },
      { tag: 0x0028_0102, vr: "US", value: [11] },
      { tag: 0x0028_0103, vr: "US", value: [0] },
    ],
    ...[
      text(0x0028_1050, "DS", "40"),
      text(0x0028_1051, "DS", "80"),
      text(0x0028_1052, "DS", "-1024"),
      text(0x0028_1053, "DS", "1"),
      text(0x0028_1054, "LO", "HU"),
    ],
  ];
  const implementation = uidOf(createHash("sha256").update("fiducial phantom").digest().subarray(0, 16));
  for (let slice = 1; slice <= slices; slice++) {
    const z = (2 * (slice - 0.5)) / slices - 1;
    const at = decimal((slice - 1) * thickness);
    const sopInstance = uidOf(bits(`slice ${slice}`));
    const samples = headSlice(size, size, z);
    noise.addTo(samples);
    const bytes = encodePart10(ctImage, sopInstance, implementation, [
      ...shared,
      ...[text(0x0008_0018, "UI", sopInstance), text(0x0020_0013, "IS", String(slice)), text(0x0020_1041, "DS", at)],
      text(0x0020_0032, "DS", `-128\\-128\\${at}`),
      ...privateBlock(slice, bits(`private ${slice}`)),
      { tag: 0x7fe0_0010, vr: "OW", value: Buffer.from(samples.buffer) },
    ]);
    yield { name: `IM${String(slice).padStart(6, "0")}.dcm`, bytes };
  }
}
