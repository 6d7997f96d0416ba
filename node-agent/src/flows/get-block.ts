import type { CID } from "multiformats/cid";
import { parseCid } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import type { MemberId, StudyId } from "../model/ids.ts";
import type { Leaf } from "../ports/blocks.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { goneFault } from "./gone.ts";
import { readingAhead } from "./read-ahead.ts";

/** Members that should hold a study's blocks beside us: its custodian and the replicas we know of. */
export function otherHolders(context: HospitalContext, study: StudyId): MemberId[] {
  const { catalogue, self, ledgerIndex } = context;
  const custodian = ledgerIndex.study(study)?.custodian ?? self.member;
  const holders = [custodian, ...catalogue.pins({ study, owner: self.member }).map((pin) => pin.holder)];
  return [...new Set(holders)].filter((member) => member !== self.member);
}

/**
 * Reads blocks of a study that should be here; one that is absent or was set aside as damaged is fetched from another holder, or from the
 * private IPFS where no holder's agent gives it, stored again and given. Null when nobody has it.
 */
export function studyBlocks(context: HospitalContext, study: StudyId): (cid: CID) => Promise<Uint8Array | null> {
  return async (cid) => {
    const here = await context.blocks.get(cid);
    if (here !== null) return here;
    for (const member of otherHolders(context, study)) {
      const bytes = await context.peers.block(member, cid, context.signal).catch(() => null);
      if (bytes === null) continue;
      await context.blocks.putMany([{ cid, bytes }]);
      context.log.warn("damaged or missing block restored", { study, cid: cid.toString(), from: member });
      return bytes;
    }
    for (const source of context.ownSources) {
      const bytes = await source.block(cid, context.signal).catch(() => null);
      if (bytes === null) continue;
      await context.blocks.putMany([{ cid, bytes }]);
      context.log.warn("damaged or missing block restored", { study, cid: cid.toString(), from: source.name });
      return bytes;
    }
    return null;
  };
}

/** From the moment a study's key is dropped nothing more of it is read, in a stream under way neither. Throws the 410 faults. */
function demandHeld(context: HospitalContext, study: StudyId): void {
  const record = context.catalogue.study(study);
  if (record === null || record.wrappedKey === null) throw goneFault(study, record?.droppedBecause ?? "STUDY_WITHDRAWN");
}

function* filesOf(records: readonly InstanceRecord[]): Generator<Leaf, void, undefined> {
  for (const { object, objectSize } of records) yield { cid: parseCid(object), size: objectSize };
}

/** As `studyBlocks`, for readers of a study that is shown; `order` names the instances that will be read, where that is known. Throws the 410 faults once its key is dropped. */
export function heldBlocks(context: HospitalContext, study: StudyId, order: readonly InstanceRecord[] = []): Get {
  const get = readingAhead(context.blocks, filesOf(order), studyBlocks(context, study));
  return async (cid) => {
    demandHeld(context, study);
    return await get(cid);
  };
}

/** A block of a study that is shown, as it lies here, in memory that is the caller's; null when it is not here as it is (then `heldBlocks` helps). For a reader that verifies it. Throws the 410 faults. */
export async function heldRaw(context: HospitalContext, study: StudyId, cid: CID): Promise<Uint8Array<ArrayBuffer> | null> {
  demandHeld(context, study);
  return (await context.blocks.raw?.(cid)) ?? null;
}
