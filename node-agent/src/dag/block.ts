import { createHash, subtle } from "node:crypto";
import { code as dagPbCode } from "@ipld/dag-pb";
import { CID } from "multiformats/cid";
import { code as rawCode } from "multiformats/codecs/raw";
import { create } from "multiformats/hashes/digest";
import { fault } from "../model/fault.ts";
import { type Digest, digest } from "../model/ids.ts";
import type { Block } from "../ports/blocks.ts";

const sha2Code = 0x12;
const digestBytes = 32;

/** No block of ours is above 1 MiB and a little; above 2 MiB blocks do not travel in IPFS either. */
export const largestBlock = 2 * 1024 * 1024;

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const cidOf = (codec: number, hash: Uint8Array): CID => CID.createV1(codec, create(sha2Code, hash));

/** A raw leaf holding `bytes`, with its CIDv1 (sha2-256). */
export const rawBlock = (bytes: Uint8Array): Block => ({ cid: cidOf(rawCode, sha256(bytes)), bytes });
/** A dag-pb node encoded as `bytes`, with its CIDv1 (sha2-256). */
export const nodeBlock = (bytes: Uint8Array): Block => ({ cid: cidOf(dagPbCode, sha256(bytes)), bytes });

export const isRaw = (cid: CID): boolean => cid.code === rawCode;

/** Refuses CIDs this program never makes: BLOCK_UNSUPPORTED unless CIDv1, raw or dag-pb, sha2-256. */
export function checkCid(cid: CID): void {
  if (cid.version !== 1) throw fault("BLOCK_UNSUPPORTED", { what: `CID version ${cid.version}` });
  if (cid.code !== rawCode && cid.code !== dagPbCode) throw fault("BLOCK_UNSUPPORTED", { what: `codec 0x${cid.code.toString(16)}` });
  if (cid.multihash.code !== sha2Code || cid.multihash.digest.length !== digestBytes)
    throw fault("BLOCK_UNSUPPORTED", { what: `hash function 0x${cid.multihash.code.toString(16)}` });
}

/** Whether the bytes have the digest the CID promises. Throws BLOCK_UNSUPPORTED for a CID of another kind. */
export function matches(cid: CID, bytes: Uint8Array): boolean {
  checkCid(cid);
  return sha256(bytes).equals(cid.multihash.digest);
}

/** Below this many bytes handing the work over costs more than the work. */
const asideAbove = 64 * 1024;

/** As `matches`, but a large block is digested on another thread: the caller's goes on with decrypting and sending meanwhile. */
export async function matchesAside(cid: CID, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (bytes.length < asideAbove) return matches(cid, bytes);
  checkCid(cid);
  return Buffer.from(await subtle.digest("SHA-256", bytes)).equals(cid.multihash.digest);
}

/** Throws BLOCK_MISMATCH unless the bytes have the digest the CID promises. Every block that crosses a boundary passes here. */
export function verifyBlock(cid: CID, bytes: Uint8Array): void {
  if (!matches(cid, bytes)) throw fault("BLOCK_MISMATCH", { cid: cid.toString() });
}

/** The study root's CID rebuilt from the digest on chain: CIDv1, dag-pb, sha2-256. */
export const cidOfRoot = (root: Digest): CID => cidOf(dagPbCode, Buffer.from(root.slice(2), "hex"));

/** The 32-byte digest inside a CID, as the chain holds it. Throws BLOCK_UNSUPPORTED. */
export function digestOfCid(cid: CID): Digest {
  checkCid(cid);
  return digest(`0x${Buffer.from(cid.multihash.digest).toString("hex")}`);
}

/** Parses a CID in text form. Throws BLOCK_UNSUPPORTED, also when the text is no CID. */
export function parseCid(text: string): CID {
  let cid: CID;
  try {
    cid = CID.parse(text);
  } catch (cause) {
    throw fault("BLOCK_UNSUPPORTED", { what: "a text that is not a CID" }, cause);
  }
  checkCid(cid);
  return cid;
}
