import { isRaw } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import type { Blocks, Leaf } from "../ports/blocks.ts";

/** Files of more are read one by one: a question of its own costs them little. */
const smallBytes = 64 << 10;
/** What is asked for in one question; twice as much may be in memory. */
const mostLeaves = 64;
const mostBytes = 1 << 20;

function* small(files: Iterable<Leaf>): Generator<Leaf, void, undefined> {
  for (const file of files) if (file.size <= smallBytes && isRaw(file.cid)) yield file;
}

type Batch = { readonly keys: ReadonlySet<string>; readonly bytes: Promise<Map<string, Uint8Array>> };

function nextBatch(leaves: Iterator<Leaf, void>, ask: (leaves: readonly Leaf[]) => Promise<readonly (Uint8Array | null)[]>): Batch | null {
  const batch: Leaf[] = [];
  for (let bytes = 0; batch.length < mostLeaves && bytes < mostBytes; ) {
    const step = leaves.next();
    if (step.done === true) break;
    batch.push(step.value);
    bytes += step.value.size;
  }
  if (batch.length === 0) return null;
  const keys = batch.map(({ cid }) => cid.toString());
  const bytes = ask(batch).then(
    (found) => new Map(keys.flatMap((key, at) => (found[at] == null ? [] : [[key, found[at]] as const]))),
    // Each is asked for by itself then.
    () => new Map<string, Uint8Array>(),
  );
  return { keys: new Set(keys), bytes };
}

/**
 * `get` for a reader that goes through these files in this order: small ones come many at a time from a store to which every question costs a turn, the next ones while these are
 * read. What does not come that way, or is read out of order, is asked of `get`.
 */
export function readingAhead(blocks: Blocks, files: Iterable<Leaf>, get: Get): Get {
  const ask = blocks.leaves?.bind(blocks);
  if (ask === undefined) return get;
  const leaves = small(files);
  let present: Batch | null = null;
  let next: Batch | null = null;
  return async (cid) => {
    const key = cid.toString();
    if (isRaw(cid) && present?.keys.has(key) !== true) {
      next ??= nextBatch(leaves, ask);
      if (next?.keys.has(key) === true) {
        present = next;
        next = nextBatch(leaves, ask);
      }
    }
    if (present?.keys.has(key) !== true) return await get(cid);
    const found = await present.bytes;
    const bytes = found.get(key);
    // Given once: it is the reader's from then on.
    found.delete(key);
    return bytes ?? (await get(cid));
  };
}
