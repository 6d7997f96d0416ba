import { decode, type PBLink } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { fanout, murmurCode } from "./hamt.ts";

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
  let data: UnixFS;
  try {
    const node = decode(bytes);
    if (node.Data === undefined) throw new TypeError("no UnixFS data");
    links = node.Links;
    data = UnixFS.unmarshal(node.Data);
  } catch (cause) {
    throw wrong("it does not decode as UnixFS", cause);
  }
  if (data.type === "directory") return { kind: "directory", links };
  if (data.type === "hamt-sharded-directory") {
    // The library drops hashType on decoding; the fan-out is what the slot prefixes depend on.
    if (data.fanout !== BigInt(fanout) || (data.hashType !== undefined && data.hashType !== murmurCode)) throw wrong("it is a shard of another fan-out");
    return { kind: "shard", links };
  }
  if (data.type !== "file" && data.type !== "raw") throw wrong(`it is a UnixFS ${data.type}`);
  if (data.blockSizes.length !== links.length) throw wrong("it has not one size per link");
  const sized = links.map((link, index) => ({ cid: link.Hash, size: Number(data.blockSizes[index]) }));
  const size = sized.reduce((sum, link) => sum + link.size, data.data?.length ?? 0);
  if (!Number.isSafeInteger(size)) throw wrong("its size is out of range");
  return { kind: "file", data: data.data ?? new Uint8Array(0), links: sized, size };
}
