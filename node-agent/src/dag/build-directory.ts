import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import type { Block } from "../ports/blocks.ts";
import { nodeBlock } from "./block.ts";
import type { Put } from "./build-file.ts";
import { buildShard } from "./hamt.ts";
import { directoryData } from "./unixfs-data.ts";

/** A directory entry; `tsize` is the child's, as `buildFile` or `buildDirectory` gave it. */
export type Entry = { readonly name: string; readonly cid: CID; readonly tsize: number };
export type BuiltDirectory = { readonly cid: CID; readonly tsize: number };

/** Encoded bytes above which a directory becomes a HAMT: profile unixfs-v1-2025, counted over the whole block (IPIP-499). */
export const shardAbove = 262_144;

function checkNames(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (name === "" || name === "." || name === ".." || name.includes("/")) throw fault("DAG_BAD_NAME", { why: "it is empty, a dot name or holds a slash" });
    if (seen.has(name)) throw fault("DAG_BAD_NAME", { why: "two entries have one name" });
    seen.add(name);
  }
}

/** Builds one UnixFS v1 directory over finished children, flat or HAMT-sharded exactly where Kubo's profile unixfs-v1-2025 shards. Throws DAG_BAD_NAME. */
export async function buildDirectory(entries: readonly Entry[], put: Put): Promise<BuiltDirectory> {
  checkNames(entries);
  const links: PBLink[] = entries.map((entry) => ({ Name: entry.name, Hash: entry.cid, Tsize: entry.tsize }));
  const bytes = encode(prepare({ Data: directoryData(), Links: links }));
  if (bytes.length > shardAbove) {
    const blocks: Block[] = [];
    const root = buildShard(entries, blocks);
    for (const block of blocks) await put(block);
    return root;
  }
  const block = nodeBlock(bytes);
  await put(block);
  return { cid: block.cid, tsize: entries.reduce((sum, entry) => sum + entry.tsize, bytes.length) };
}

/** Builds nested directories from slash-separated paths (`manifest.pgp`, `instances/000001.pgp`). Throws DAG_BAD_NAME. */
export async function buildTree(files: Iterable<{ readonly path: string; readonly cid: CID; readonly tsize: number }>, put: Put): Promise<BuiltDirectory> {
  const here: Entry[] = [];
  const below = new Map<string, { path: string; cid: CID; tsize: number }[]>();
  for (const { path, cid, tsize } of files) {
    const slash = path.indexOf("/");
    if (slash < 0) here.push({ name: path, cid, tsize });
    else {
      const name = path.slice(0, slash);
      const group = below.get(name) ?? [];
      group.push({ path: path.slice(slash + 1), cid, tsize });
      below.set(name, group);
    }
  }
  for (const [name, group] of below) here.push({ name, ...(await buildTree(group, put)) });
  return await buildDirectory(here, put);
}
