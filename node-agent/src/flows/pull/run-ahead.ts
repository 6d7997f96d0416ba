import type { CID } from "multiformats/cid";
import { isRaw } from "../../dag/block.ts";
import { decodeNode } from "../../dag/node.ts";
import type { Pull } from "./pull.ts";

/** A file or directory that is to come here: its CID and about how many bytes lie below it. `keep`: a reader follows and will ask for its blocks in this order. */
export type Planned = { readonly cid: CID; readonly size: number; readonly keep: boolean };

/** Bytes on their way and in memory for the reader: enough to keep several streams busy, and the most a fetch holds. */
const windowBytes = 24 << 20;
/** Interior nodes asked for ahead of their turn: each costs a turn of the network, and is small. */
const nodesAhead = 64;
const nodeBytes = 4096;
const leafGuess = 1 << 20;
/** Deeper than directories in directories and file nodes of a study can be (six): an attack. */
const deepest = 24;

async function room(pull: Pull): Promise<void> {
  while (pull.outstanding() >= windowBytes) await pull.changed();
}

function childrenOf({ cid, keep }: Planned, bytes: Uint8Array): Planned[] {
  const node = decodeNode(cid, bytes);
  if (node.kind === "file") return node.links.map((link) => ({ cid: link.cid, size: link.size, keep }));
  return node.links.map((link) => ({ cid: link.Hash, size: link.Tsize ?? leafGuess, keep }));
}

/**
 * Wants everything below the planned files and directories, in order and a window ahead of whoever reads them. Resolves when all of it has been
 * wanted, not when it is here; a node that no source has is passed over (the reader meets it). Throws DAG_MALFORMED and what the pull throws.
 */
export async function runAhead(pull: Pull, planned: Iterable<Planned>, depth = 0): Promise<void> {
  const ahead: Planned[] = [];
  const iterator = planned[Symbol.iterator]();
  const fill = async (): Promise<void> => {
    while (ahead.length < nodesAhead) {
      const step = iterator.next();
      if (step.done === true) return;
      ahead.push(step.value);
      if (!isRaw(step.value.cid)) await pull.want(step.value.cid, nodeBytes, true);
    }
  };
  for (;;) {
    await fill();
    const next = ahead.shift();
    if (next === undefined) return;
    await room(pull);
    if (isRaw(next.cid)) await pull.want(next.cid, Math.min(next.size, leafGuess), next.keep);
    else {
      const bytes = depth < deepest ? await pull.get(next.cid) : null;
      if (bytes !== null) await runAhead(pull, childrenOf(next, bytes), depth + 1);
    }
  }
}
