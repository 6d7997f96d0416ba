import { decode, type PBLink } from "@ipld/dag-pb";
import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { fanout, murmurCode } from "./hamt.ts";
import { readUnixFsData, type UnixFsData } from "./unixfs-data.ts";

/** Gives a block's bytes, **already verified against the CID** (the Blocks port promises that), or null when it is not there. */
export type Get = (cid: CID) => Promise<Uint8Array | null>;

export type DagNode =
  | { readonly kind: "file"; readonly data: Uint8Array; readonly links: readonly { readonly cid: CID; readonly size: number }[]; readonly size: number }
  | { readonly kind: "directory" | "shard"; readonly links: readonly PBLink[] };

/** Bytes of a block that must be there: BLOCK_MISSING when `get` gives null. */
export async function need(cid: CID, get: Get): Promise<Uint8Array> {
  const bytes = await get(cid);
  if (bytes === null) throw fault("BLOCK_MISSING", { cid: cid.toString() });
  return bytes;
}

/** Decodes a dag-pb UnixFS node and checks that its parts agree. Throws DAG_MALFORMED. */
export function decodeNode(cid: CID, bytes: Uint8Array): DagNode {
  const wrong = (what: string, cause?: unknown): Error => fault("DAG_MALFORMED", { cid: cid.toString(), what }, cause);
  let links: PBLink[];
  let data: UnixFsData;
  try {
    const node = decode(bytes);
    if (node.Data === undefined) throw new TypeError("no UnixFS data");
    links = node.Links;
    data = readUnixFsData(node.Data);
  } catch (cause) {
    throw wrong("it does not decode as UnixFS", cause);
  }
  const { kind, blockSizes } = data;
  if (kind === "directory") return { kind, links };
  if (kind === "shard") {
    if (data.fanout !== fanout || data.hashType !== murmurCode) throw wrong("it is a shard of another form");
    return { kind, links };
  }
  if (kind !== "file" && kind !== "raw") throw wrong(`it is a UnixFS ${kind}`);
  if (blockSizes.length !== links.length) throw wrong("it has not one size per link");
  const sized = links.map((link, index) => ({ cid: link.Hash, size: blockSizes[index] ?? 0 }));
  const size = sized.reduce((sum, link) => sum + link.size, data.data.length);
  if (!Number.isSafeInteger(size) || (data.fileSize !== null && data.fileSize !== size)) throw wrong("its sizes do not add up");
  return { kind: "file", data: data.data, links: sized, size };
}
