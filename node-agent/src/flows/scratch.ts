/** Memory in which one small instance after another is collected: used again and again, so that arriving bytes cost one copy and no new memory. */
export class Scratch {
  #memory: Buffer = Buffer.allocUnsafeSlow(1 << 20);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  add(piece: Uint8Array): void {
    const need = this.#length + piece.length;
    if (need > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(need, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    this.#memory.set(piece, this.#length);
    this.#length = need;
  }

  /** What was collected: a view that is good until the next `clear` or `add`. */
  bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }
}
