import { buildFile } from "../dag/build-file.ts";
import { sealedSize } from "../envelope/layout.ts";
import { seal } from "../envelope/seal.ts";
import type { StudyId } from "../model/ids.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { instanceBytes } from "./retrieve-instance.ts";

/** The study under whose key instances are sealed: its id, its 32-byte session key, and that key wrapped for this hospital. */
export type ResealTarget = { readonly study: StudyId; readonly sessionKey: Uint8Array; readonly wrappedKey: Uint8Array };

/**
 * Seals stored instances again as objects of another study, in order, numbered from `number` on; durable when it resolves. The originals stay.
 * Streams: memory stays flat whatever their size. Throws OBJECT_MISSING, the ENVELOPE_ faults, BLOCKS_DISK_FULL.
 */
export async function reseal(context: HospitalContext, instances: readonly InstanceRecord[], target: ResealTarget, number: number): Promise<InstanceRecord[]> {
  const writer = new BlockWriter(context.blocks);
  const out: InstanceRecord[] = [];
  for (const [at, one] of instances.entries()) {
    const source = seal({ sessionKey: target.sessionKey, prefix: target.wrappedKey, size: one.size, source: instanceBytes(context, one) });
    const built = await buildFile(source, (block) => writer.add([block]));
    out.push({ ...one, study: target.study, number: number + at, object: built.cid.toString(), objectSize: target.wrappedKey.length + sealedSize(one.size), headerSize: target.wrappedKey.length });
  }
  await writer.flush();
  return out;
}
