/** What RLP carries: byte strings, and lists of such things (Ethereum Yellow Paper, appendix B). */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Deep enough for everything on a chain; a hostile input must not exhaust the stack. */
const deepest = 16;
/** Bytes that a length may take: items of up to 4 GiB. */
const widest = 4;

/** Joins byte strings. */
export const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

function prefix(length: number, short: number): Uint8Array {
  if (length < 56) return Uint8Array.of(short + length);
  const digits = length.toString(16);
  const size = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Uint8Array.of(short + 55 + size.length, ...size);
}

/** The one RLP of an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) return item.length === 1 && (item[0] ?? 0) < 0x80 ? item : concat([prefix(item.length, 0x80), item]);
  const parts = item.map(encodeRlp);
  return concat([prefix(parts.reduce((sum, part) => sum + part.length, 0), 0xc0), ...parts]);
}

/**
 * The item that `bytes` are the RLP of; byte strings in it are views on `bytes`. Throws TypeError on anything but the one canonical form, on bytes after the
 * item, and on lists nested more than 16 deep: two readers must never see different things in the same bytes.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = read(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new TypeError("RLP: bytes after the item");
  return item;
}

type Read = { readonly item: RlpItem; readonly end: number };

/** Reads the item at `at`, of which nothing may lie at or after `limit`. */
function read(bytes: Uint8Array, at: number, limit: number, depth: number): Read {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw new TypeError("RLP: it ends early");
  if (depth > deepest) throw new TypeError("RLP: too deep");
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const list = first >= 0xc0;
  const { start, length } = extent(bytes, at, limit, first - (list ? 0xc0 : 0x80));
  const end = start + length;
  if (end > limit) throw new TypeError("RLP: it ends early");
  if (list) return { item: [...within(bytes, start, end, depth + 1)], end };
  const item = bytes.subarray(start, end);
  if (length === 1 && (item[0] ?? 0) < 0x80) throw new TypeError("RLP: a byte that stands for itself has a prefix");
  return { item, end };
}

function* within(bytes: Uint8Array, start: number, end: number, depth: number): Generator<RlpItem> {
  for (let at = start; at < end; ) {
    const inner = read(bytes, at, end, depth);
    yield inner.item;
    at = inner.end;
  }
}

/** Where the content begins and how long it is; `code` is the first byte without its kind. */
function extent(bytes: Uint8Array, at: number, limit: number, code: number): { readonly start: number; readonly length: number } {
  if (code < 56) return { start: at + 1, length: code };
  const width = code - 55;
  const start = at + 1 + width;
  if (width > widest) throw new TypeError("RLP: an item is too long");
  if (start > limit) throw new TypeError("RLP: it ends early");
  const length = bytes.subarray(at + 1, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (length < 56 || bytes[at + 1] === 0) throw new TypeError("RLP: a length is not in its shortest form");
  return { start, length };
}
