import { isRaw, parseCid } from "../dag/block.ts";
import { leafBytes } from "../dag/build-file.ts";
import { catFile } from "../dag/read-file.ts";
import type { Get } from "../dag/node.ts";
import { openPieces } from "../envelope/open-buffer.ts";
import { open } from "../envelope/open.ts";
import { fault, isFault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";

/** Objects of less are not worth a turn of another thread. */
const asideFrom = 64 << 10;

/** Whether an object is one block. */
export const isOneBlock = (ref: ObjectRef): boolean => ref.objectSize <= leafBytes && isRaw(parseCid(ref.object));

/** Whether an object is one block and large enough to be worked on beside this thread. */
export const isForAside = (ref: ObjectRef): boolean => ref.objectSize >= asideFrom && isOneBlock(ref);

/** Objects up to this many bytes are opened whole: fewer turns, and nothing of a damaged one is given. */
const wholeBytes = 4 << 20;

export type ObjectRef = { readonly object: string; readonly objectSize: number };

async function* missingAs(object: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    if (isFault(error, "BLOCK_MISSING")) throw fault("OBJECT_MISSING", { object }, error);
    throw error;
  }
}

/** Gives each piece's memory back once the next one is asked for: `open` needs it no longer then. */
async function* passing(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    yield piece;
    giveBack(piece);
  }
}

/** Whether the memory of the blocks that `get` gives is the reader's alone (`own`), who gives it back, or somebody else looks into it as well. */
export type BlockMemory = "own" | "shared";

/**
 * The content of one sealed object, every piece authenticated and in memory that is the caller's alone. Throws OBJECT_MISSING, BLOCK_MISMATCH, and the ENVELOPE_
 * faults of `open`.
 */
export async function* openObject(sessionKey: Uint8Array, ref: ObjectRef, get: Get, memory: BlockMemory = "shared"): AsyncGenerator<Buffer, void, undefined> {
  const source = missingAs(ref.object, catFile(parseCid(ref.object), get));
  if (ref.objectSize > wholeBytes) {
    yield* open({ sessionKey, source: memory === "own" ? passing(source) : source });
    return;
  }
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  const [only] = parts;
  const sealed = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  const pieces = openPieces({ sessionKey, sealed });
  if (memory === "own") for (const part of [sealed, ...parts]) giveBack(part);
  yield* pieces;
}

/** As `openObject`, joined: for manifests and the like. */
export async function openWhole(sessionKey: Uint8Array, ref: ObjectRef, get: Get): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of openObject(sessionKey, ref, get)) parts.push(part);
  return Buffer.concat(parts);
}
