import type { Request, Response } from "express";
import type { CID } from "multiformats/cid";
import { z } from "zod";
import { parseCid } from "../../dag/block.ts";
import { writeCar } from "../../dag/car.ts";
import { fault } from "../../model/fault.ts";
import { type MemberId, type RequestId, requestId } from "../../model/ids.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import type { Block } from "../../ports/blocks.ts";
import { mostAsked } from "../../ports/peers.ts";
import { jsonBody } from "../server/json-body.ts";
import { writeAll } from "../server/stream-out.ts";

const carType = "application/vnd.ipld.car";
const hex32 = z.string().regex(/^0x[0-9a-fA-F]{64}$/u, "0x and 64 hex digits");
const body = z.strictObject({ cids: z.array(z.string().min(1).max(128)).min(1).max(mostAsked), request: hex32.transform(requestId).optional() });

/** Where streams of blocks come from, and whose turn it is. */
export type BlockStream = {
  /** Exactly these blocks in this order; absent ones are left out. Not verified: the receiver does. */
  readonly blocks: (cids: readonly CID[]) => AsyncIterable<Block>;
  /** Waits for this member's turn; `request` is what it says the blocks are for. */
  readonly enter: (member: MemberId, request: RequestId | null, signal: AbortSignal) => Promise<{ take(bytes: number, signal: AbortSignal): Promise<void>; leave(): void }>;
};

function cidsOf(texts: readonly string[]): CID[] {
  try {
    return texts.map(parseCid);
  } catch (error) {
    throw fault("HTTP_BAD_REQUEST", { what: "cids holds no CIDv1 with a sha2-256 hash, raw or dag-pb" }, error);
  }
}

/**
 * POST /blocks: the listed blocks as one CARv1 without roots, in the order asked, those that are not here left out. The answer begins when it is the
 * member's turn and goes as fast as the limits and the reader allow. Throws HTTP_BAD_REQUEST, PEER_BUSY.
 */
export async function serveList(request: Request, response: Response, who: MemberView, stream: BlockStream): Promise<void> {
  const asked = await jsonBody(request, response, body);
  const cids = cidsOf(asked.cids);
  const gone = new AbortController();
  response.once("close", () => gone.abort(fault("HTTP_CLIENT_GONE", {})));
  const lease = await stream.enter(who.id, asked.request ?? null, gone.signal);
  try {
    response.set({ "Content-Type": `${carType}; version=1; order=unk; dups=n`, "Cache-Control": "no-store" });
    const paced = async function* (): AsyncGenerator<Block, void, undefined> {
      for await (const block of stream.blocks(cids)) {
        await lease.take(block.bytes.length, gone.signal);
        yield block;
      }
    };
    // Read from the disk for this answer alone.
    await writeAll(response, writeCar([], paced()), true);
  } finally {
    lease.leave();
  }
}
