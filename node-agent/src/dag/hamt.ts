import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import type { Block } from "../ports/blocks.ts";
import { nodeBlock } from "./block.ts";
import { murmur3x64 } from "./murmur3.ts";
import { shardData } from "./unixfs-data.ts";

type Hashed = { readonly name: string; readonly cid: CID; readonly tsize: number; readonly hash: Buffer };

/** UnixFS HAMT as every implementation writes it: 256 slots per node, one octet of the name's hash per level. */
export const fanout = 256;
export const murmurCode = 0x22;
/** Octets of hash available, so also the greatest depth. */
export const hashBytes = 8;

/** Two upper-case hex digits: what a link's name begins with inside a shard. */
export const slotPrefix = (slot: number): string => slot.toString(16).toUpperCase().padStart(2, "0");
export const nameHash = (name: string): Buffer => murmur3x64(Buffer.from(name, "utf8"));

/** Big-endian bit field with bit n for slot n, without leading zero octets. */
function bitField(slots: Iterable<number>): Uint8Array {
  const field = new Uint8Array(fanout / 8);
  for (const slot of slots) {
    const at = field.length - 1 - (slot >> 3);
    field[at] = (field[at] ?? 0) | (1 << (slot & 7));
  }
  const first = field.findIndex((octet) => octet !== 0);
  return first < 0 ? new Uint8Array(0) : field.subarray(first);
}

function shard(entries: readonly Hashed[], depth: number, blocks: Block[]): { cid: CID; tsize: number } {
  if (depth >= hashBytes) throw fault("DAG_BAD_NAME", { why: "two names have one 64-bit hash" });
  const slots = new Map<number, Hashed[]>();
  for (const entry of entries) {
    const slot = entry.hash[depth] ?? 0;
    const group = slots.get(slot);
    if (group === undefined) slots.set(slot, [entry]);
    else group.push(entry);
  }
  const links: PBLink[] = [];
  let below = 0;
  for (const slot of [...slots.keys()].sort((a, b) => a - b)) {
    const group = slots.get(slot) ?? [];
    const [only] = group;
    const single = group.length === 1 && only !== undefined;
    const child = single ? only : shard(group, depth + 1, blocks);
    links.push({ Name: slotPrefix(slot) + (single ? only.name : ""), Hash: child.cid, Tsize: child.tsize });
    below += child.tsize;
  }
  const data = shardData(bitField(slots.keys()), murmurCode, fanout);
  const block = nodeBlock(encode(prepare({ Data: data, Links: links })));
  blocks.push(block);
  return { cid: block.cid, tsize: block.bytes.length + below };
}

/** Builds the HAMT-sharded form of a directory; appends its blocks, children first. Throws DAG_BAD_NAME when two names cannot be told apart. */
export function buildShard(entries: readonly { readonly name: string; readonly cid: CID; readonly tsize: number }[], blocks: Block[]): { cid: CID; tsize: number } {
  return shard(
    entries.map((entry) => ({ ...entry, hash: nameHash(entry.name) })),
    0,
    blocks,
  );
}
