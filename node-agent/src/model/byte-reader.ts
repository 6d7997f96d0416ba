/** Pulls an async source in the sizes a parser wants, copying only what crosses the source's own boundaries. */
export type ByteReader = {
  /** `count` bytes, or fewer when the source ends first. */
  take(count: number): Promise<Buffer>;
  /** Fills `target` as far as the source goes and says how far: one copy, straight to where the bytes are kept. */
  fill(target: Uint8Array): Promise<number>;
  /** Bytes taken so far. */
  taken(): number;
  /** Closes the source; safe to call twice. */
  close(): Promise<void>;
};

export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let current: Buffer = Buffer.alloc(0);
  let taken = 0;
  let done = false;
  const next = async (): Promise<boolean> => {
    if (done) return false;
    const step = await iterator.next();
    if (step.done === true) {
      done = true;
      return false;
    }
    current = Buffer.from(step.value.buffer, step.value.byteOffset, step.value.length);
    return true;
  };
  return {
    async take(count) {
      const parts: Buffer[] = [];
      let need = count;
      while (need > 0) {
        if (current.length === 0) {
          if (!(await next())) break;
          continue;
        }
        const part = current.subarray(0, need);
        current = current.subarray(part.length);
        need -= part.length;
        // A source may reuse its buffer once asked for more: what must outlive the next pull is copied now.
        parts.push(need > 0 ? Buffer.from(part) : part);
      }
      taken += count - need;
      const [only] = parts;
      return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    },
    async fill(target) {
      let at = 0;
      while (at < target.length) {
        if (current.length === 0) {
          if (!(await next())) break;
          continue;
        }
        const part = current.subarray(0, target.length - at);
        target.set(part, at);
        at += part.length;
        current = current.subarray(part.length);
      }
      taken += at;
      return at;
    },
    taken: () => taken,
    async close() {
      if (done) return;
      done = true;
      await iterator.return?.();
    },
  };
}
