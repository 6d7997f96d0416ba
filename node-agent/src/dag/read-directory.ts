import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { isRaw } from "./block.ts";
import type { Entry } from "./build-directory.ts";
import { hashBytes, nameHash, slotPrefix } from "./hamt.ts";
import { type DagNode, decodeNode, type Get, need } from "./node.ts";

const malformed = (cid: CID, what: string): Error => fault("DAG_MALFORMED", { cid: cid.toString(), what });

async function directoryNode(cid: CID, get: Get): Promise<Extract<DagNode, { kind: "directory" | "shard" }>> {
  if (isRaw(cid)) throw malformed(cid, "it is a file, not a directory");
  const node = decodeNode(cid, await need(cid, get));
  if (node.kind === "file") throw malformed(cid, "it is a file, not a directory");
  return node;
}

async function* shardEntries(cid: CID, get: Get, depth: number): AsyncGenerator<Entry, void, undefined> {
  if (depth >= hashBytes) throw malformed(cid, "its shards are nested too deeply");
  const node = await directoryNode(cid, get);
  if (node.kind !== "shard") throw malformed(cid, "a shard holds another kind of directory");
  for (const link of node.links) {
    const label = link.Name ?? "";
    if (label.length < 2) throw malformed(cid, "a link of the shard has no slot");
    if (label.length === 2) yield* shardEntries(link.Hash, get, depth + 1);
    else yield { name: label.slice(2), cid: link.Hash, tsize: link.Tsize ?? 0 };
  }
}

/** Every entry of a directory, flat or sharded; order is the DAG's. Throws BLOCK_MISSING, DAG_MALFORMED. */
export async function* readDirectory(root: CID, get: Get): AsyncGenerator<Entry, void, undefined> {
  const node = await directoryNode(root, get);
  if (node.kind === "shard") yield* shardEntries(root, get, 0);
  else for (const link of node.links) yield { name: link.Name ?? "", cid: link.Hash, tsize: link.Tsize ?? 0 };
}

async function lookup(directory: CID, name: string, get: Get): Promise<Entry | null> {
  const hash = nameHash(name);
  let cid = directory;
  for (let depth = 0; depth < hashBytes; depth++) {
    const node = await directoryNode(cid, get);
    const prefix = node.kind === "shard" ? slotPrefix(hash[depth] ?? 0) : "";
    const link = node.links.find((one) => one.Name === prefix + name);
    if (link !== undefined) return { name, cid: link.Hash, tsize: link.Tsize ?? 0 };
    const sub = node.kind === "shard" ? node.links.find((one) => one.Name === prefix) : undefined;
    if (sub === undefined) return null;
    cid = sub.Hash;
  }
  return null;
}

/** Finds a slash-separated path below `root`, reading only the nodes on the way; null when there is no such entry. Throws BLOCK_MISSING, DAG_MALFORMED. */
export async function resolve(root: CID, path: string, get: Get): Promise<Entry | null> {
  let found: Entry = { name: "", cid: root, tsize: 0 };
  for (const name of path.split("/").filter((part) => part !== "")) {
    const next = await lookup(found.cid, name, get);
    if (next === null) return null;
    found = next;
  }
  return found;
}
