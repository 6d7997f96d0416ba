/** Gives `bytes` in pieces of `size`. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** As `pieces`, every piece in the same buffer, as file streams with a pool do. */
export async function* reusing(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const scratch = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    scratch.set(part);
    yield scratch.subarray(0, part.length);
    scratch.fill(0xee);
  }
}

export async function joined(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
