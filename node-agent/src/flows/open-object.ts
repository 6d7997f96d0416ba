import { parseCid } from "../dag/block.ts";
import { catFile } from "../dag/read-file.ts";
import type { Get } from "../dag/node.ts";
import { openPieces } from "../envelope/open-buffer.ts";
import { open } from "../envelope/open.ts";
import { fault, isFault } from "../model/fault.ts";

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

/** The content of one sealed object, every piece authenticated. Throws OBJECT_MISSING, BLOCK_MISMATCH, and the ENVELOPE_ faults of `open`. */
export async function* openObject(sessionKey: Uint8Array, ref: ObjectRef, get: Get): AsyncGenerator<Buffer, void, undefined> {
  const source = missingAs(ref.object, catFile(parseCid(ref.object), get));
  if (ref.objectSize > wholeBytes) {
    yield* open({ sessionKey, source });
    return;
  }
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  const [only] = parts;
  yield* openPieces({ sessionKey, sealed: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts) });
}

/** As `openObject`, joined: for manifests and the like. */
export async function openWhole(sessionKey: Uint8Array, ref: ObjectRef, get: Get): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of openObject(sessionKey, ref, get)) parts.push(part);
  return Buffer.concat(parts);
}
