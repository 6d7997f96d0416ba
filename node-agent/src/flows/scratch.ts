import { giveBack } from "../model/give-back.ts";

/** No multiple of it is the size of Node's own pool, which `giveBack` leaves alone. */
const step = 3 << 12;
const firstBytes = 1 << 20;

/** Memory in which one small instance after another is collected, and which is then handed over: arriving bytes cost one copy. */
export class Scratch {
  #memory: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #length = 0;
  /** The last one's length: instances of one study are alike. */
  #guess = firstBytes;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  add(piece: Uint8Array): void {
    const need = this.#length + piece.length;
    if (need > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.ceil(Math.max(need, this.#length === 0 ? this.#guess : 2 * this.#memory.length) / step) * step);
      this.#memory.copy(larger, 0, 0, this.#length);
      giveBack(this.#memory);
      this.#memory = larger;
    }
    this.#memory.set(piece, this.#length);
    this.#length = need;
  }

  /** What was collected: a view that is good until the next `clear`, `add` or `take`. */
  bytes(): Buffer<ArrayBuffer> {
    return this.#memory.subarray(0, this.#length);
  }

  /** What was collected, in memory that is the taker's from now on. */
  take(): Buffer<ArrayBuffer> {
    const bytes = this.bytes();
    this.#guess = Math.max(this.#length, step);
    this.#memory = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
