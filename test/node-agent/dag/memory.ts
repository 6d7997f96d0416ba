import type { CID } from "multiformats/cid";
import type { Get } from "../../../node-agent/src/dag/node.ts";
import type { Block } from "../../../node-agent/src/ports/blocks.ts";

/** Blocks held in memory, for tests of the pure parts. */
export function memory(): { put(block: Block): void; get: Get; has(cid: CID): boolean; drop(cid: CID): void; size(): number } {
  const held = new Map<string, Uint8Array>();
  return {
    put: ({ cid, bytes }) => void held.set(cid.toString(), bytes),
    get: async (cid) => held.get(cid.toString()) ?? null,
    has: (cid) => held.has(cid.toString()),
    drop: (cid) => void held.delete(cid.toString()),
    size: () => held.size,
  };
}
