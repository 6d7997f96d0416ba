import type { CID } from "multiformats/cid";
import { Fault } from "../../model/fault.ts";
import type { Blocks } from "../../ports/blocks.ts";
import type { Log } from "../../ports/log.ts";
import type { Pinning } from "../../ports/pinning.ts";

/** Patience with the own Kubo for one block, ms: a folder that has it not, and a Kubo that hangs, must not hold up a read that others can serve. */
const blockMs = 10_000;

/**
 * The folder with the own Kubo behind it: writes go to the folder, which is durable at once and fast; reads fall through. A damaged
 * block in Kubo counts as absent, and when somebody stores the good one, Kubo's is mended too. A Kubo that does not answer has nothing.
 */
export function layerBlocks(folder: Blocks, pinning: Pinning, signal: AbortSignal, log: Log): Blocks & { damaged(cid: CID): void } {
  const bad = new Set<string>();
  const patience = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(blockMs)]);
  const mend = async (cid: CID, bytes: Uint8Array): Promise<void> => {
    bad.delete(cid.toString());
    try {
      await pinning.mend({ cid, bytes }, signal);
      log.warn("a damaged block in Kubo was replaced", { cid: cid.toString() });
    } catch (error) {
      if (signal.aborted) return;
      bad.add(cid.toString());
      log.error("a damaged block in Kubo could not be replaced", { cid: cid.toString() }, error);
    }
  };
  return {
    damaged: (cid) => void bad.add(cid.toString()),
    async putMany(blocks) {
      if (bad.size === 0) return await folder.putMany(blocks);
      const mended: Promise<void>[] = [];
      await folder.putMany(
        (async function* () {
          for await (const block of blocks) {
            if (bad.has(block.cid.toString())) mended.push(mend(block.cid, block.bytes));
            yield block;
          }
        })(),
      );
      await Promise.all(mended);
    },
    async get(cid) {
      const here = await folder.get(cid);
      if (here !== null) return here;
      try {
        return await pinning.block(cid, patience());
      } catch (error) {
        signal.throwIfAborted();
        log.debug("Kubo gave no block", { cid: cid.toString(), code: error instanceof Fault ? error.code : "unexpected" });
        return null;
      }
    },
    async leaves(leaves) {
      const found = await Promise.all(leaves.map(({ cid }) => folder.get(cid)));
      const absent = leaves.filter((_, at) => found[at] === null);
      if (absent.length === 0) return found;
      try {
        const rest = (await pinning.leaves(absent, patience())).values();
        return found.map((bytes) => bytes ?? rest.next().value ?? null);
      } catch (error) {
        signal.throwIfAborted();
        log.debug("Kubo gave no blocks", { blocks: absent.length, code: error instanceof Fault ? error.code : "unexpected" });
        return found;
      }
    },
    ...(folder.raw === undefined ? {} : { raw: folder.raw }),
    async has(cid) {
      if (await folder.has(cid)) return true;
      if (bad.has(cid.toString())) return false;
      try {
        return await pinning.has(cid, patience());
      } catch {
        signal.throwIfAborted();
        return false;
      }
    },
    async keepsTree(root) {
      try {
        return await pinning.holds(root, patience());
      } catch {
        signal.throwIfAborted();
        return false;
      }
    },
    deleteMany: (cids) => folder.deleteMany(cids),
    list: () => folder.list(),
    freeBytes: () => folder.freeBytes(),
    ...(folder.usedBytes === undefined ? {} : { usedBytes: folder.usedBytes }),
  };
}
