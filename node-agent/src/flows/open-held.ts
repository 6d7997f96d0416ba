import { parseCid } from "../dag/block.ts";
import { InstanceReader } from "../dicom/instance-reader.ts";
import { openPieces } from "../envelope/open-buffer.ts";
import { Fault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { heldRaw } from "./get-block.ts";
import { isOneBlock } from "./open-object.ts";

/** The SOP Instance UID stands among the first elements of a data set, the preamble and the file meta information in front of it: looked for in so many bytes, by steps, since the elements behind it cost as much. */
const headBytes = 4096;
const stepBytes = 512;

/** Whether these are the bytes of the instance, by their number and by the UID in the data set, read as it was when the instance came. */
function isInstance(pieces: readonly Buffer[], { uid, size }: InstanceRecord): boolean {
  if (pieces.reduce((sum, { length }) => sum + length, 0) !== size) return false;
  // Chunks are far longer than this.
  const head = pieces[0]?.subarray(0, headBytes) ?? Buffer.alloc(0);
  const reader = new InstanceReader();
  try {
    for (let at = 0; at < head.length && reader.partial().sopInstance === undefined; at += stepBytes) reader.push(head.subarray(at, at + stepBytes));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return reader.partial().sopInstance === uid;
}

/**
 * The content of an instance whose object is one block, in memory that is the caller's; null when the block is not here, damaged, or not certainly this instance's. The block's SHA-256, which
 * would cost twice the rest, is not computed: without the study's key nobody makes a block that opens, AES-GCM finds every changed, missing or added byte, and a block of the same study in
 * this one's place holds another UID, for under one key a UID stands for one data set (another is refused as INSTANCE_CONFLICT). What null means, the reading by CID tells,
 * which sets a damaged block aside and restores it. Unseen stays damage that is none to the image: in the wrapped key in front, which is found when the block is asked for by its CID.
 * Throws the 410 faults.
 */
export async function openHeld(context: HospitalContext, record: InstanceRecord, sessionKey: Uint8Array): Promise<Buffer[] | null> {
  if (!isOneBlock(record)) return null;
  const sealed = await heldRaw(context, record.study, parseCid(record.object));
  if (sealed === null) return null;
  try {
    const pieces = openPieces({ sessionKey, sealed });
    return isInstance(pieces, record) ? pieces : null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  } finally {
    giveBack(sealed);
  }
}
