import type { Request, Response } from "express";
import type { CID } from "multiformats/cid";
import { parseCid } from "../../dag/block.ts";
import { writeCar } from "../../dag/car.ts";
import { fault } from "../../model/fault.ts";
import type { Block } from "../../ports/blocks.ts";
import { writeAll } from "../server/stream-out.ts";

const rawType = "application/vnd.ipld.raw";
const carType = "application/vnd.ipld.car";
/** A CID never changes its meaning: 48 weeks, as Kubo's gateway says. */
const forEver = "public, max-age=29030400, immutable";

type Format = "raw" | "car";

/** `?format=` wins over Accept (Trustless Gateway specification, section 2.2); one of them must name a verifiable form. */
function formatOf(request: Request): Format {
  const asked = request.query["format"];
  if (asked === "raw" || asked === "car") return asked;
  if (asked !== undefined) throw fault("HTTP_BAD_REQUEST", { what: "format is raw or car" });
  const accept = request.headers.accept ?? "";
  if (accept.includes(carType)) return "car";
  if (accept.includes(rawType)) return "raw";
  throw fault("HTTP_NOT_ACCEPTABLE", { have: `${rawType}, ${carType}` });
}

function cidOf(request: Request): CID {
  try {
    return parseCid(String(request.params["cid"]));
  } catch (error) {
    throw fault("HTTP_BAD_REQUEST", { what: "the path names no CIDv1 with a sha2-256 hash, raw or dag-pb" }, error);
  }
}

/** Where blocks of ciphertext come from: one block (null when not here), or all below a root, parents before children. */
export type BlockSource = {
  readonly block: (cid: CID) => Promise<Uint8Array | null>;
  readonly tree: (root: CID) => AsyncIterable<Block>;
};

/**
 * GET and HEAD /ipfs/{cid} in the IPFS Trustless Gateway form: one block (`raw`), or a CARv1 of everything below, depth first, no
 * duplicates. 404 when the first block is not here; when a later one is missing the connection is cut, so no short CAR looks whole.
 */
export async function serveIpfs(request: Request, response: Response, source: BlockSource): Promise<void> {
  const format = formatOf(request);
  const scope = request.query["dag-scope"] ?? "all";
  if (scope !== "all" && scope !== "block") throw fault("HTTP_BAD_REQUEST", { what: "dag-scope is all or block" });
  const cid = cidOf(request);
  const bytes = await source.block(cid);
  if (bytes === null) throw fault("HTTP_RECORD_UNKNOWN", { what: "block" });
  const etag = `"${cid.toString()}.${format}${scope === "block" ? ".block" : ""}"`;
  response.set({ "X-Content-Type-Options": "nosniff", "Cache-Control": forEver, ETag: etag, "X-Ipfs-Path": `/ipfs/${cid.toString()}`, Vary: "Accept" });
  if (request.headers["if-none-match"]?.includes(etag) === true) {
    response.status(304).end();
    return;
  }
  if (format === "raw") {
    response.set({ "Content-Type": rawType, "Content-Disposition": `attachment; filename="${cid.toString()}.bin"`, "Content-Length": String(bytes.length) });
    response.end(bytes);
    return;
  }
  response.set({ "Content-Type": `${carType}; version=1; order=dfs; dups=n`, "Content-Disposition": `attachment; filename="${cid.toString()}.car"` });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await writeAll(response, writeCar([cid], scope === "block" ? [{ cid, bytes }] : source.tree(cid)));
}
