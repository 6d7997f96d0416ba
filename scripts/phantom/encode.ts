/** One element to write: VR, and a value in the form its VR has. Text is already encoded in the data set's repertoire where it is a Buffer. */
export type Written = {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Buffer | readonly number[] | readonly (readonly Written[])[];
};

const longVrs: ReadonlySet<string> = new Set(["OB", "OW", "SQ", "UN", "UT", "UV"]);

function numbers(vr: string, values: readonly number[]): Buffer {
  const size = vr === "FD" ? 8 : vr === "US" || vr === "SS" ? 2 : 4;
  const bytes = Buffer.alloc(size * values.length);
  for (const [i, value] of values.entries()) {
    if (vr === "FD") bytes.writeDoubleLE(value, i * 8);
    else if (vr === "FL") bytes.writeFloatLE(value, i * 4);
    else if (vr === "US") bytes.writeUInt16LE(value, i * 2);
    else if (vr === "SS") bytes.writeInt16LE(value, i * 2);
    else if (vr === "SL") bytes.writeInt32LE(value, i * 4);
    else bytes.writeUInt32LE(value, i * 4);
  }
  return bytes;
}

const isItems = (value: readonly number[] | readonly (readonly Written[])[]): value is readonly (readonly Written[])[] =>
  Array.isArray(value[0]);

function itemOf(elements: readonly Written[]): Buffer {
  const body = encodeElements(elements);
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function bytesOf({ vr, value }: Written): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === "string") return Buffer.from(value, "latin1");
  return isItems(value) ? Buffer.concat(value.map(itemOf)) : numbers(vr, value);
}

/** Writes elements in explicit VR little endian (PS3.5 section 7.1.2), in tag order, padded to even length. */
export function encodeElements(elements: readonly Written[]): Buffer {
  const pieces: Buffer[] = [];
  for (const element of [...elements].sort((a, b) => a.tag - b.tag)) {
    const value = bytesOf(element);
    const odd = value.length % 2;
    const head = Buffer.alloc(longVrs.has(element.vr) ? 12 : 8);
    head.writeUInt16LE(element.tag >>> 16, 0);
    head.writeUInt16LE(element.tag & 0xffff, 2);
    head.write(element.vr, 4, "latin1");
    if (longVrs.has(element.vr)) head.writeUInt32LE(value.length + odd, 8);
    else head.writeUInt16LE(value.length + odd, 6);
    const padding = element.vr === "UI" || element.vr === "OB" || element.vr === "UN" ? 0 : 0x20;
    pieces.push(head, value, ...(odd === 1 ? [Buffer.from([padding])] : []));
  }
  return Buffer.concat(pieces);
}

/** A Part 10 file (PS3.10 section 7.1) around an explicit VR little endian data set. */
export function encodePart10(sopClass: string, sopInstance: string, implementation: string, dataset: readonly Written[]): Buffer {
  const meta = encodeElements([
    { tag: 0x0002_0001, vr: "OB", value: Buffer.from([0, 1]) },
    { tag: 0x0002_0002, vr: "UI", value: sopClass },
    { tag: 0x0002_0003, vr: "UI", value: sopInstance },
    { tag: 0x0002_0010, vr: "UI", value: "1.2.840.10008.1.2.1" },
    { tag: 0x0002_0012, vr: "UI", value: implementation },
    { tag: 0x0002_0013, vr: "SH", value: "FIDUCIAL_PHANTOM" },
  ]);
  const length = encodeElements([{ tag: 0x0002_0000, vr: "UL", value: [meta.length] }]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM", "latin1"), length, meta, encodeElements(dataset)]);
}
