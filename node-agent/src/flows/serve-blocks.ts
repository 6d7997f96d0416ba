import type { CID } from "multiformats/cid";
import { blocksBelow } from "../dag/walk.ts";
import type { Block } from "../ports/blocks.ts";
import type { HospitalContext } from "./context.ts";

/** One block of ciphertext for another member, verified by the store; null when it is not here. */
export const serveBlock = (context: HospitalContext, cid: CID): Promise<Uint8Array | null> => context.blocks.get(cid);

/** Every block below `root`, parents before children (depth first): the order of a Trustless Gateway CAR. Throws BLOCK_MISSING where the tree ends here. */
export const serveTree = (context: HospitalContext, root: CID): AsyncGenerator<Block, void, undefined> => blocksBelow(root, (cid) => context.blocks.get(cid));
