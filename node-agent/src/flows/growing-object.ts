import { newBodyHead } from "../envelope/body-head.ts";
import { type ChunkCipher, chunkCipher } from "../envelope/chunk-cipher.ts";
import { bodyBytesFor, bodyHeadBytes, chunkOctet, literalHead, literalHeadBytes, packetHead, packetHeadBytes, sealedSize, suite } from "../envelope/layout.ts";
import { rawBlock } from "../dag/block.ts";
import { type Built, buildFileOver, leafBytes } from "../dag/build-file.ts";
import { fault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import type { Block } from "../ports/blocks.ts";

/**
 * Seals an object whose length is known only at its end, as uploads in multipart bodies are, in one pass and flat memory. The form written has
 * definite lengths, so that frames can be read at random: both lengths stand in the first chunk and its head, which are therefore sealed
 * last, while every other chunk is independent of them (RFC 9580 section 5.13.2). Gives the UnixFS leaves of the object as they fill.
 */
export class GrowingObject {
  readonly #prefix: Uint8Array;
  readonly #head = newBodyHead();
  readonly #cipher: ChunkCipher;
  readonly #first: Buffer;
  readonly #leaves: (Built | null)[] = [];
  #firstLeaf: Buffer | null = null;
  #leaf = Buffer.allocUnsafeSlow(leafBytes);
  #filled = 0;
  #chunk: Buffer;
  #held = 0;
  #index = 0;
  #size = 0;

  /** `prefix` holds the key packets in front; `sessionKey` 32 bytes. */
  constructor(sessionKey: Uint8Array, prefix: Uint8Array) {
    this.#prefix = prefix;
    this.#cipher = chunkCipher(sessionKey, this.#head);
    this.#first = Buffer.allocUnsafeSlow(this.#cipher.chunkBytes - literalHeadBytes);
    this.#chunk = this.#first;
    this.#skip(prefix.length + packetHeadBytes + bodyHeadBytes);
  }

  /** Takes the next plaintext bytes; gives the leaves that are complete. Throws ENVELOPE_TOO_LARGE. */
  push(piece: Uint8Array): Block[] {
    this.#size += piece.length;
    sealedSize(this.#size);
    const out: Block[] = [];
    for (let at = 0; at < piece.length; ) {
      const take = Math.min(piece.length - at, this.#chunk.length - this.#held);
      this.#chunk.set(piece.subarray(at, at + take), this.#held);
      this.#held += take;
      at += take;
      if (this.#held === this.#chunk.length) this.#flush(out);
    }
    return out;
  }

  /** Seals the rest; gives the remaining blocks, the first leaf among them. Throws ENVELOPE_WRONG_SIZE below one chunk: small objects are sealed in memory. */
  async finish(): Promise<Built & { readonly blocks: Block[]; readonly objectSize: number; readonly plainSize: number }> {
    const inner = this.#size + literalHeadBytes;
    if (this.#index === 0) throw fault("ENVELOPE_WRONG_SIZE", { declared: this.#first.length, have: this.#size });
    const blocks: Block[] = [];
    if (this.#held > 0) {
      this.#sealed([this.#chunk.subarray(0, this.#held)], blocks);
      this.#index++;
    }
    this.#write(this.#cipher.sealEnd(this.#index, inner), blocks);
    const firstLeaf = this.#firstLeaf ?? this.#leaf.subarray(0, this.#filled);
    if (this.#firstLeaf !== null && this.#filled > 0) this.#add(Buffer.from(this.#leaf.subarray(0, this.#filled)), blocks);
    let at = 0;
    const lead = [this.#prefix, packetHead(18, bodyBytesFor(inner, chunkOctet)), this.#head, ...this.#cipher.seal(0, [literalHead(this.#size), this.#first])];
    for (const part of lead) {
      firstLeaf.set(part, at);
      at += part.length;
    }
    giveBack(this.#first);
    const { cid, bytes } = rawBlock(firstLeaf);
    blocks.push({ cid, bytes });
    const first: Built = { cid, size: bytes.length, tsize: bytes.length };
    const leaves = [first, ...this.#leaves.slice(1).flatMap((one) => (one === null ? [] : [one]))];
    const built = await buildFileOver(leaves, (block) => void blocks.push(block));
    return { ...built, blocks, objectSize: built.size, plainSize: this.#size };
  }

  #flush(out: Block[]): void {
    if (this.#index === 0) {
      this.#skip(this.#cipher.chunkBytes + suite.tagBytes);
      this.#chunk = Buffer.allocUnsafeSlow(this.#cipher.chunkBytes);
    } else this.#sealed([this.#chunk], out);
    this.#index++;
    this.#held = 0;
  }

  #sealed(plain: readonly Buffer[], out: Block[]): void {
    for (const part of this.#cipher.seal(this.#index, plain)) {
      this.#write(part, out);
      giveBack(part);
    }
  }

  /** Leaves room for what is written last; it lies in the first leaf, which is far larger. */
  #skip(count: number): void {
    this.#filled += count;
  }

  #write(bytes: Uint8Array, out: Block[]): void {
    for (let at = 0; at < bytes.length; ) {
      const take = Math.min(bytes.length - at, leafBytes - this.#filled);
      this.#leaf.set(bytes.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled < leafBytes) continue;
      if (this.#leaves.length === 0) {
        this.#firstLeaf = this.#leaf;
        this.#leaves.push(null);
      } else this.#add(this.#leaf, out);
      this.#leaf = Buffer.allocUnsafeSlow(leafBytes);
      this.#filled = 0;
    }
  }

  #add(bytes: Buffer, out: Block[]): void {
    const block = rawBlock(bytes);
    this.#leaves.push({ cid: block.cid, size: bytes.length, tsize: bytes.length });
    out.push(block);
  }
}
