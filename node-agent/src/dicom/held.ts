import { fault } from "../model/fault.ts";

/**
 * The part of a stream that is kept: it grows as bytes arrive, and large values are cut out of it as they pass.
 * Positions are offsets in the stream; an index is a place in the kept bytes.
 */
export class Held {
  readonly #limit: number;
  #bytes = Buffer.allocUnsafe(16_384);
  #length = 0;
  #removed: number;
  #skip = 0;

  /** `origin` is the stream position of the first byte pushed; `limit` the most bytes to keep. */
  constructor(origin: number, limit: number) {
    this.#removed = origin;
    this.#limit = limit;
  }

  /** Stream position after the last byte received. */
  get received(): number {
    return this.#removed + this.#length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Index of a stream position that lies after everything cut out so far. */
  index(position: number): number {
    return position - this.#removed;
  }

  /** Consumes bytes from `from` on that belong to a value cut out, then keeps up to `want` more; gives how many were consumed. */
  take(chunk: Uint8Array, from: number, want: number): number {
    const dropped = Math.min(this.#skip, chunk.length - from);
    this.#skip -= dropped;
    this.#removed += dropped;
    const kept = this.#skip > 0 ? 0 : Math.min(want, chunk.length - from - dropped);
    if (kept > 0) this.#append(chunk.subarray(from + dropped, from + dropped + kept));
    return dropped + kept;
  }

  /** Cuts `length` bytes from stream position `position` on, whether they have arrived or not. */
  cut(position: number, length: number): void {
    const at = this.index(position);
    const here = Math.min(this.#length - at, length);
    this.#bytes.copyWithin(at, at + here, this.#length);
    this.#length -= here;
    this.#removed += here;
    this.#skip = length - here;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#limit) throw fault("DICOM_HEADER_TOO_LARGE", { limit: this.#limit });
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}
