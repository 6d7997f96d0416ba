/**
 * The UnixFS v1 Data message (github.com/ipfs/specs, UNIXFS.md), written and read here because the usual library encodes
 * 64-bit sizes between 2 GiB and 4 GiB wrongly, which is where large multi-frame objects live.
 */
export type UnixFsKind = "raw" | "directory" | "file" | "metadata" | "symlink" | "shard";
export type UnixFsData = {
  readonly kind: UnixFsKind;
  readonly data: Uint8Array;
  readonly fileSize: number | null;
  readonly blockSizes: readonly number[];
  readonly hashType: number | null;
  readonly fanout: number | null;
};

const kinds: readonly UnixFsKind[] = ["raw", "directory", "file", "metadata", "symlink", "shard"];
const wire = { varint: 0, eightBytes: 1, length: 2, fourBytes: 5 } as const;

function varint(value: number): number[] {
  const out: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) out.push((left % 128) | 0x80);
  out.push(left);
  return out;
}

const field = (number: number, value: number): number[] => [(number << 3) | wire.varint, ...varint(value)];

/** Data of a file node with one size per link, in bytes. */
export const fileData = (blockSizes: readonly number[]): Uint8Array =>
  Uint8Array.from([
    ...field(1, kinds.indexOf("file")),
    ...field(
      3,
      blockSizes.reduce((sum, size) => sum + size, 0),
    ),
    ...blockSizes.flatMap((size) => field(4, size)),
  ]);

/** Data of a flat directory. */
export const directoryData = (): Uint8Array => Uint8Array.from(field(1, kinds.indexOf("directory")));

/** Data of one HAMT shard with its bit field. */
export const shardData = (bits: Uint8Array, hashType: number, fanout: number): Uint8Array =>
  Uint8Array.from([...field(1, kinds.indexOf("shard")), (2 << 3) | wire.length, ...varint(bits.length), ...bits, ...field(5, hashType), ...field(6, fanout)]);

/** Reads a Data message; unknown fields (mode, mtime) are passed over. Throws RangeError for anything that is not one. */
export function readUnixFsData(bytes: Uint8Array): UnixFsData {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const octet = bytes[at++];
      if (octet === undefined) throw new RangeError("a number is cut short");
      value += (octet & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new RangeError("a number is out of range");
      if ((octet & 0x80) === 0) return value;
    }
  };
  const view = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new RangeError("a field is cut short");
    at += length;
    return bytes.subarray(at - length, at);
  };
  let kind: UnixFsKind | undefined;
  let data: Uint8Array = new Uint8Array(0);
  const numbers = new Map<number, number>();
  const blockSizes: number[] = [];
  while (at < bytes.length) {
    const key = number();
    const id = Math.floor(key / 8);
    const form = key % 8;
    if (form === wire.varint) {
      const value = number();
      if (id === 1) kind = kinds[value];
      else if (id === 4) blockSizes.push(value);
      else numbers.set(id, value);
    } else if (form === wire.length) {
      const part = view(number());
      if (id === 2) data = part;
      // Packed sizes are legal protobuf, though no known writer makes them.
      else if (id === 4) blockSizes.push(...readPacked(part));
    } else if (form === wire.eightBytes || form === wire.fourBytes) view(form === wire.eightBytes ? 8 : 4);
    else throw new RangeError("a field has an unknown form");
  }
  if (kind === undefined) throw new RangeError("the kind is missing or unknown");
  return { kind, data, blockSizes, fileSize: numbers.get(3) ?? null, hashType: numbers.get(5) ?? null, fanout: numbers.get(6) ?? null };
}

function readPacked(bytes: Uint8Array): number[] {
  const out: number[] = [];
  let value = 0;
  let scale = 1;
  for (const octet of bytes) {
    value += (octet & 0x7f) * scale;
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is out of range");
    scale *= 128;
    if ((octet & 0x80) !== 0) continue;
    out.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1) throw new RangeError("a number is cut short");
  return out;
}
