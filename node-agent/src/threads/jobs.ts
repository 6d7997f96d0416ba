import { buildFileOf } from "../dag/build-file.ts";
import { instanceAttributes } from "../dicom/attributes.ts";
import { InstanceReader } from "../dicom/instance-reader.ts";
import { toDicomJson } from "../dicom/json.ts";
import { openPieces } from "../envelope/open-buffer.ts";
import { sealBuffer } from "../envelope/seal.ts";
import { Fault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import type { InstanceFacts } from "../ports/object-work.ts";
import { type Result, sent, type SealedBlocks } from "./messages.ts";

function factsOf(reader: InstanceReader): InstanceFacts {
  const part10 = reader.finish();
  const { identifiers, transferSyntax, size, digest } = part10;
  return { identifiers, transferSyntax, size, digest, attributes: instanceAttributes(toDicomJson(part10), transferSyntax) };
}

/** Reads a Part 10 file; a fault of the file itself is a result. */
export function read(bytes: Uint8Array): Extract<Result, { did: "read" | "refused" }> {
  const reader = new InstanceReader();
  try {
    reader.push(bytes);
    return { did: "read", facts: factsOf(reader) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { did: "refused", error: sent(error), partial: reader.partial() };
  }
}

/** Seals and cuts into blocks. The CIDs have memory of their own, or cloning them would clone Node's buffer pool. */
export function seal(plain: Uint8Array, sessionKey: Uint8Array, prefix: Uint8Array): SealedBlocks {
  const sealed = sealBuffer({ sessionKey, prefix, plain });
  const { cid, blocks } = buildFileOf(sealed);
  const own = (bytes: Uint8Array): Uint8Array => (bytes.buffer === sealed.buffer ? bytes : Uint8Array.from(bytes));
  return { cid: Uint8Array.from(cid.bytes), objectSize: sealed.length, blocks: blocks.map((one) => ({ cid: Uint8Array.from(one.cid.bytes), bytes: own(one.bytes) })) };
}

/** Opens a sealed instance and reads it. */
export function check(bytes: Uint8Array, sessionKey: Uint8Array): InstanceFacts {
  const reader = new InstanceReader();
  for (const piece of openPieces({ sessionKey, sealed: bytes })) {
    reader.push(piece);
    giveBack(piece);
  }
  return factsOf(reader);
}
