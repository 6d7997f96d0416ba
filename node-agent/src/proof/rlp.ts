import { fault } from "../model/fault.ts";

/** What RLP carries (Ethereum yellow paper, appendix B): byte strings and lists of them. */
export type RlpItem = Uint8Array | readonly RlpItem[];

const malformed = (what: string): Error => fault("PROOF_MALFORMED", { what: `RLP: ${what}` });
/** Deep enough for everything on a chain; a hostile input must not exhaust the stack. */
const deepest = 16;

function prefix(length: number, short: number, long: number): Uint8Array {
  if (length < 56) return Uint8Array.of(short + length);
  const digits = length.toString(16);
  const size = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return Uint8Array.of(long + size.length, ...size);
}

/** The one RLP encoding of an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && (item[0] ?? 0) < 0x80) return item;
    return concat([prefix(item.length, 0x80, 0xb7), item]);
  }
  const parts = item.map(encodeRlp);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat([prefix(length, 0xc0, 0xf7), ...parts]);
}

/** Joins byte strings. */
export const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Reads exactly one item. Throws PROOF_MALFORMED on anything but its one canonical encoding: two readers must never see different things. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = read(bytes, 0, 0);
  if (end !== bytes.length) throw malformed("bytes after the item");
  return item;
}

function read(bytes: Uint8Array, at: number, depth: number): { readonly item: RlpItem; readonly end: number } {
  const first = bytes[at];
  if (first === undefined) throw malformed("it ends early");
  if (depth > deepest) throw malformed("too deep");
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const list = first >= 0xc0;
  const { start, length } = extent(bytes, at, first - (list ? 0xc0 : 0x80));
  const end = start + length;
  if (end > bytes.length) throw malformed("it ends early");
  if (!list) {
    const item = bytes.subarray(start, end);
    if (length === 1 && (item[0] ?? 0) < 0x80) throw malformed("a byte that stands for itself has a prefix");
    return { item, end };
  }
  const items: RlpItem[] = [];
  let next = start;
  while (next < end) {
    const inner = read(bytes.subarray(0, end), next, depth + 1);
    items.push(inner.item);
    next = inner.end;
  }
  return { item: items, end };
}

function extent(bytes: Uint8Array, at: number, code: number): { readonly start: number; readonly length: number } {
  if (code < 56) return { start: at + 1, length: code };
  const width = code - 55;
  if (width > 4) throw malformed("an item is too long");
  if (at + 1 + width > bytes.length) throw malformed("it ends early");
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + 1 + i] ?? 0);
  if (length < 56 || bytes[at + 1] === 0) throw malformed("a length is not in its shortest form");
  return { start: at + 1 + width, length };
}

/** The item as a byte string, of `size` bytes when given. Throws PROOF_MALFORMED. */
export function stringIn(item: RlpItem | undefined, what: string, size?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (size !== undefined && item.length !== size)) throw malformed(`${what} is not ${size === undefined ? "a byte string" : `${size} bytes`}`);
  return item;
}

/** The item as a list, of `count` items when given. Throws PROOF_MALFORMED. */
export function listIn(item: RlpItem | undefined, what: string, count?: number): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array || (count !== undefined && item.length !== count)) throw malformed(`${what} is not a list${count === undefined ? "" : ` of ${count}`}`);
  return item;
}
