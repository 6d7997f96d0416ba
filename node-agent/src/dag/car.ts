import { CID } from "multiformats/cid";
import { byteReader } from "../model/byte-reader.ts";
import { fault } from "../model/fault.ts";
import type { Block } from "../ports/blocks.ts";
import { largestBlock, verifyBlock } from "./block.ts";
import { carHeader, readCarHeader } from "./car-header.ts";
import { readVarint, writeVarint } from "./varint.ts";

/** A header of 23 roots is under 1 KiB; more is not from us. */
const largestHeader = 4096;
const largestCid = 128;

/** Writes a CARv1 stream: header, then each block in the order given. Gives the block bytes as they are, without copying. */
export async function* writeCar(roots: readonly CID[], blocks: AsyncIterable<Block> | Iterable<Block>): AsyncGenerator<Uint8Array, void, undefined> {
  yield carHeader(roots);
  for await (const { cid, bytes } of blocks) {
    yield Buffer.concat([writeVarint(cid.bytes.length + bytes.length), cid.bytes]);
    yield bytes;
  }
}

export type CarReader = {
  readonly roots: readonly CID[];
  /** Each block, verified against its CID. Throws CAR_MALFORMED, BLOCK_MISMATCH, BLOCK_UNSUPPORTED, BLOCK_TOO_LARGE; closes the source when left early. */
  readonly blocks: AsyncGenerator<Block, void, undefined>;
};

/**
 * Reads a CARv1 stream, verifying every block and holding one. Resolves once the header is read. A stream that ends inside a
 * section is CAR_MALFORMED; that all blocks of a DAG were in it is for the caller to check (`walk`).
 */
export async function readCar(source: AsyncIterable<Uint8Array>): Promise<CarReader> {
  const reader = byteReader(source);
  const malformed = (what: string): Error => fault("CAR_MALFORMED", { what });
  /** A section's length, or null at a clean end. */
  const length = async (): Promise<number | null> => {
    const octets: number[] = [];
    for (;;) {
      const [octet] = await reader.take(1);
      if (octet === undefined) {
        if (octets.length === 0) return null;
        throw malformed("it ends inside a length");
      }
      octets.push(octet);
      const read = (octet & 0x80) === 0 ? readVarint(Uint8Array.from(octets), 0) : null;
      if (read !== null) return read.value;
      if (octets.length > 7) throw malformed("a length is too long");
    }
  };
  const section = async (count: number): Promise<Buffer<ArrayBuffer>> => {
    // Memory of its own: a view of the transport's buffer would keep all of it alive and could change under a slow writer.
    const bytes = Buffer.allocUnsafeSlow(count);
    if ((await reader.fill(bytes)) < count) throw malformed("it ends inside a section");
    return bytes;
  };
  async function* blocks(): AsyncGenerator<Block, void, undefined> {
    try {
      for (let count = await length(); count !== null; count = await length()) {
        if (count > largestBlock + largestCid) throw fault("BLOCK_TOO_LARGE", { bytes: count, limit: largestBlock });
        const block = blockIn(await section(count));
        // On this thread: another one's digest works on a copy, which costs as much as the digest (docs/performance.md).
        verifyBlock(block.cid, block.bytes);
        yield block;
      }
    } finally {
      await reader.close();
    }
  }
  try {
    const count = await length();
    if (count === null || count > largestHeader) throw malformed("it does not begin with a header");
    return { roots: readCarHeader(await section(count)), blocks: blocks() };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

function blockIn(bytes: Buffer<ArrayBuffer>): Block {
  let cid: CID;
  let rest: Uint8Array<ArrayBuffer>;
  try {
    const [decoded, after] = CID.decodeFirst(bytes);
    rest = bytes.subarray(bytes.length - after.length);
    // Memory of its own: whoever keeps a CID must not keep the block it came with.
    cid = CID.decode(Uint8Array.from(decoded.bytes));
  } catch (cause) {
    throw fault("CAR_MALFORMED", { what: "a section does not begin with a CID" }, cause);
  }
  return { cid, bytes: rest };
}
