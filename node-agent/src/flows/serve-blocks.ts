import type { CID } from "multiformats/cid";
import { blocksBelow } from "../dag/walk.ts";
import type { Block } from "../ports/blocks.ts";
import type { HospitalContext } from "./context.ts";

/** One block of ciphertext for another member, verified by the store; null when it is not here. */
export const serveBlock = (context: HospitalContext, cid: CID): Promise<Uint8Array | null> => context.blocks.get(cid);

/** Blocks read ahead of the one that is being sent. */
const ahead = 4;

/**
 * Exactly these blocks, in this order; what is not here is left out. Bytes go as they lie on the disk: the receiver verifies every one, and asks for a
 * damaged one again by `serveBlock`, which sets it aside. Closing it early is fine.
 */
export async function* serveMany({ blocks }: Pick<HospitalContext, "blocks">, cids: readonly CID[]): AsyncGenerator<Block, void, undefined> {
  const read = async (cid: CID): Promise<Uint8Array | null> => (await blocks.raw?.(cid)) ?? (await blocks.get(cid));
  const waiting: { readonly cid: CID; readonly bytes: Promise<Uint8Array | null> }[] = [];
  const begin = (cid: CID): void => {
    const bytes = read(cid);
    // A failure is met when its turn comes.
    bytes.catch(() => undefined);
    waiting.push({ cid, bytes });
  };
  for (const cid of cids.slice(0, ahead)) begin(cid);
  for (const [at] of cids.entries()) {
    const first = waiting.shift();
    const next = cids[at + ahead];
    if (next !== undefined) begin(next);
    const bytes = await first?.bytes;
    if (first !== undefined && bytes !== null && bytes !== undefined) yield { cid: first.cid, bytes };
  }
}

/** Every block below `root`, parents before children (depth first): the order of a Trustless Gateway CAR. Throws BLOCK_MISSING where the tree ends here. */
export const serveTree = (context: HospitalContext, root: CID): AsyncGenerator<Block, void, undefined> => blocksBelow(root, (cid) => context.blocks.get(cid));
