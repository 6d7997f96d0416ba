import { scalar } from "./hex.ts";

/** What RLP encodes: bytes, or a list of such things (Ethereum Yellow Paper, appendix B). */
export type RlpItem = Uint8Array | readonly RlpItem[];

function head(offset: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(offset + length);
  const size = scalar(length);
  return Uint8Array.of(offset + 55 + size.length, ...size);
}

function pieces(item: RlpItem): Uint8Array[] {
  if (item instanceof Uint8Array) {
    const [first] = item;
    return item.length === 1 && first !== undefined && first < 0x80 ? [item] : [head(0x80, item.length), item];
  }
  const inner = item.flatMap(pieces);
  return [head(0xc0, inner.reduce((sum, { length }) => sum + length, 0)), ...inner];
}

/** RLP of an item, in the one canonical form. */
export function encodeRlp(item: RlpItem): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces(item)));
}

type Read = { readonly item: RlpItem; readonly next: number };

function lengthAt(bytes: Uint8Array, at: number, sizeOfLength: number): { readonly length: number; readonly from: number } {
  const digits = bytes.subarray(at, at + sizeOfLength);
  if (digits.length < sizeOfLength || digits[0] === 0 || sizeOfLength > 6) throw new TypeError("RLP length is not canonical");
  const length = digits.reduce((sum, byte) => sum * 256 + byte, 0);
  if (length < 56) throw new TypeError("RLP length is not canonical");
  return { length, from: at + sizeOfLength };
}

function read(bytes: Uint8Array, at: number): Read {
  const first = bytes[at];
  if (first === undefined) throw new TypeError("RLP ends early");
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), next: at + 1 };
  const list = first >= 0xc0;
  const short = first - (list ? 0xc0 : 0x80);
  const { length, from } = short < 56 ? { length: short, from: at + 1 } : lengthAt(bytes, at + 1, short - 55);
  const end = from + length;
  if (end > bytes.length) throw new TypeError("RLP ends early");
  if (!list) {
    const item = bytes.subarray(from, end);
    if (item.length === 1 && (item[0] ?? 0) < 0x80) throw new TypeError("RLP of one small byte is the byte itself");
    return { item, next: end };
  }
  const items: RlpItem[] = [];
  let position = from;
  while (position < end) {
    const inner = read(bytes, position);
    if (inner.next > end) throw new TypeError("RLP item reaches past its list");
    items.push(inner.item);
    position = inner.next;
  }
  return { item: items, next: end };
}

/** The item that `bytes` are the RLP of. Throws TypeError on anything but the canonical form, on rest bytes too. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, next } = read(bytes, 0);
  if (next !== bytes.length) throw new TypeError("bytes follow the RLP");
  return item;
}
