/** A decoded RLP item (Ethereum Yellow Paper, appendix B): bytes, or a list of items. */
export type Rlp = Uint8Array | readonly Rlp[];

type Head = { readonly list: boolean; readonly start: number; readonly end: number };

function headAt(bytes: Uint8Array, at: number, limit: number): Head {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw new TypeError("RLP ends early");
  if (first < 0x80) return { list: false, start: at, end: at + 1 };
  const list = first >= 0xc0;
  const short = first - (list ? 0xc0 : 0x80);
  const width = short > 55 ? short - 55 : 0;
  let length = short;
  if (width > 0) {
    if (width > 4) throw new TypeError("RLP item is too long");
    length = 0;
    for (const byte of bytes.subarray(at + 1, at + 1 + width)) length = length * 256 + byte;
    if (length < 56) throw new TypeError("RLP length is not minimal");
  }
  const start = at + 1 + width;
  if (start + length > limit) throw new TypeError("RLP ends early");
  return { list, start, end: start + length };
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): { readonly item: Rlp; readonly next: number } {
  if (depth > 8) throw new TypeError("RLP is nested too deeply");
  const { list, start, end } = headAt(bytes, at, limit);
  if (!list) return { item: bytes.subarray(start, end), next: end };
  const items: Rlp[] = [];
  for (let from = start; from < end; ) {
    const { item, next } = read(bytes, from, end, depth + 1);
    items.push(item);
    from = next;
  }
  return { item: items, next: end };
}

/** Decodes one item that fills `bytes`. Throws TypeError when it is not RLP, has bytes after it, or is nested more than eight deep. */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const { item, next } = read(bytes, 0, bytes.length, 0);
  if (next !== bytes.length) throw new TypeError("bytes after the RLP item");
  return item;
}
